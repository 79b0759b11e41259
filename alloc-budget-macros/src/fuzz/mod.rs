//! The macro as a function, fed with what nobody would write: real items and argument lists with
//! tokens cut out, put in, swapped and wrapped: always the same ones, or with
//! `PROPTEST_CASES=1000000` that many others each time.

mod edit;
mod samples;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::args::is_skip;
use crate::fuzz::edit::{edited, tokens};
use crate::fuzz::samples::{ARGUMENTS, BAD_ARGUMENTS, BLOCKS, ITEMS};
use crate::tokens::is_block;
use crate::{attribute, block};

fn arguments() -> impl Strategy<Value = TokenStream> {
    // Mostly good ones, so that it is the item that matters.
    prop_oneof![2 => select(ARGUMENTS).prop_map(tokens), 1 => edited(select([ARGUMENTS, BAD_ARGUMENTS].concat()))]
}

/// The tokens without their brackets, in order.
fn flat(stream: &TokenStream, out: &mut Vec<String>) {
    for token in stream.clone() {
        match token {
            TokenTree::Group(group) => flat(&group.stream(), out),
            token => out.push(token.to_string()),
        }
    }
}

/// Takes the `compile_error!`s off the front, and returns where they point.
fn split_errors(expansion: TokenStream) -> (Vec<Span>, TokenStream) {
    let tokens: Vec<TokenTree> = expansion.into_iter().collect();
    let mut spans = Vec::new();
    let mut rest = &tokens[..];
    while let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(message), others @ ..] = rest
        && name == "compile_error"
        && !message.stream().is_empty()
    {
        spans.push(name.span());
        rest = others;
    }
    (spans, rest.iter().cloned().collect())
}

/// How many items the tokens are, if that is what they are.
fn items(stream: &TokenStream) -> Option<usize> {
    syn::parse2::<syn::File>(stream.clone()).ok().map(|file| file.items.len())
}

/// Whether there is no token to point at, or none but the comma behind it.
fn is_nothing(stream: &TokenStream) -> bool {
    stream.clone().into_iter().all(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None && is_nothing(&group.stream()),
        TokenTree::Punct(punct) => punct.as_char() == ',',
        _ => false,
    })
}

/// Never a panic, and either the item with a budget or an error beside the item as it came.
fn holds(arguments: &TokenStream, item: &TokenStream) -> Result<(), TestCaseError> {
    let expansion = attribute::attribute(arguments, item.clone());
    let (errors, rest) = split_errors(expansion);
    if errors.is_empty() {
        // The compiler hands over one item.
        prop_assert!(items(item) != Some(1) || items(&rest).is_some(), "not an item: {rest}");
        let has_body = item.clone().into_iter().last().is_some_and(|last| is_block(&last));
        prop_assert!(has_body || is_skip(arguments), "a budget without a body: {rest}");
        let (mut before, mut after) = (Vec::new(), Vec::new());
        flat(item, &mut before);
        flat(&rest, &mut after);
        let mut after = after.into_iter();
        for token in before {
            prop_assert!(after.any(|found| found == token), "`{token}` is lost in {rest}");
        }
    } else {
        prop_assert_eq!(rest.to_string(), item.to_string());
        for error in errors {
            let has_place = !error.byte_range().is_empty();
            let is_nothing = is_nothing(arguments) || is_nothing(item);
            prop_assert!(has_place || is_nothing, "an error without a place");
        }
    }
    Ok(())
}

/// `budget!` gives an expression or an error.
fn block_holds(arguments: &TokenStream, block: &TokenStream) -> Result<(), TestCaseError> {
    let input: TokenStream = [arguments.clone(), block.clone()].into_iter().collect();
    let mut arguments: Vec<TokenTree> = input.clone().into_iter().collect();
    arguments.pop();
    let arguments: TokenStream = arguments.into_iter().collect();
    let (errors, rest) = split_errors(block::budget(input));
    if errors.is_empty() {
        let last = block.clone().into_iter().last().map(TokenStream::from).unwrap_or_default();
        let is_block = syn::parse2::<syn::Block>(last).is_ok();
        prop_assert!(!is_block || syn::parse2::<syn::Expr>(rest.clone()).is_ok(), "no expression: {rest}");
    } else {
        prop_assert!(rest.is_empty());
        for error in errors {
            // Without arguments it is the whole call.
            let has_place = !error.byte_range().is_empty();
            prop_assert!(has_place || is_nothing(&arguments), "an error without a place");
        }
    }
    Ok(())
}

fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 10_000, failure_persistence: None, ..Config::default() };
    let mut runner = match std::env::var("PROPTEST_CASES") {
        Ok(cases) => TestRunner::new(Config { cases: cases.parse().unwrap(), ..config }),
        Err(_) => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    runner.run(strategy, test).unwrap();
}

#[test]
fn every_input_gives_an_item_or_an_error_with_a_place() {
    run(&(arguments(), edited(select(ITEMS))), |(arguments, item)| holds(&arguments, &item));
}

#[test]
fn every_block_gives_an_expression_or_an_error_with_a_place() {
    run(&(arguments(), edited(select(BLOCKS))), |(arguments, block)| block_holds(&arguments, &block));
}

/// What a million cases have found.
#[test]
fn odd_ones_stay_in_one_piece() {
    let arguments = quote::quote!(max = 0);
    let item = quote::quote!(
        async fn f() -> Box<dyn Fn(_) -> u8> {
            m!();
            g().await
        }
    );
    holds(&arguments, &item).unwrap();
    for block in
        [quote::quote!(, { let a = crate.await?; a }), quote::quote!(, { 'a: loop { break 'a.await } })]
    {
        block_holds(&arguments, &block).unwrap();
    }
}
