//! The macro as a function, fed with what nobody would write: real items and argument lists with
//! tokens cut out, put in, swapped and wrapped: always the same ones, or with
//! `PROPTEST_CASES=1000000` that many others each time.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::args::is_skip;
use crate::tokens::is_block;
use crate::{attribute, block};

const ITEMS: &[&str] = &[
    "",
    "fn f() {}",
    "fn f() -> u32 { 1 }",
    "pub fn f(a: u32, mut b: Vec<u8>) -> usize { b.push(1); let c = b.len(); c + a as usize }",
    "/// Documented.\n#[inline] #[must_use] pub(crate) fn f<'a>(a: &'a str) -> Option<&'a str> { let b = a.get(1..)?; return Some(b); }",
    "pub(in crate::a) unsafe extern \"C\" fn f(p: *const u8) -> u8 { unsafe { *p } }",
    "fn f(&self) -> &Self { self }",
    "fn f(mut self: Box<Self>, (a, [b, ..]): (u8, [u8; 3]), S { x, y: _ }: S) -> u8 { a + b + x }",
    "fn f<T: Clone, const N: usize>(a: [T; N]) -> impl Iterator<Item = T> + use<T, N> where T: Copy { a.into_iter() }",
    "fn f<F>(f: F) -> u8 where F: for<'a> Fn(&'a u8) -> u8, [u8; { 1 + 1 }]: Sized { f(&1) }",
    "fn f() -> [u8; { 2 }] { [1; { 2 }] }",
    "fn f() -> ! { loop {} }",
    "fn f() -> impl Fn(&u8) -> bool { |n| *n > 1 }",
    "fn f() { #![allow(unused)] //! inside\n let x = 1; }",
    "fn f() { use a::b; const N: u8 = 1; fn g() {} struct S; impl S { fn h(&self) {} } macro_rules! m { () => {} } g(); }",
    "async fn f(a: &str) -> Result<u8, E> { g(a).await?; Ok(1) }",
    "async fn f(_a: u8, b: u8) -> Box<dyn Fn() -> u8> { if b > 1 { return Box::new(|| 1); } g().await; Box::new(move || b) }",
    "async fn f() -> ! { loop { g().await } }",
    "async unsafe fn f() -> impl Sized { m!(await).await }",
    "async fn f() -> u8 { 1 }",
    "async fn f(a: u8) -> Result<impl Iterator<Item = Option<u8>>, E> { if a > 1 { return Err(E); } m!(a) }",
    "fn f<'a>(&'a self) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> { Box::pin(async move { g().await }) }",
    "#[test] fn f() -> u8 { let body = async { g().await }; runtime::Builder::new().enable_all().build().block_on(body) }",
    "fn case_1() { let size = 50; let mut v = vec![1]; test(size, v) }",
    "async fn f() { fn f(a: u8) {} let a = 1; f(a).await }",
    "fn clone(&self) -> Self { *self }",
    "fn partial_cmp(&self, other: &Self) -> Option<Ordering> { Some(self.cmp(other)) }",
    "const fn f() -> u8 { 1 }",
    "#[unsafe(naked)] extern \"C\" fn f() { naked_asm!(\"ret\") }",
    "gen fn f() -> u8 { yield 1; }",
    "fn f(&self);",
    "extern \"C\" { fn f(); }",
    "impl S { pub fn f(&self) -> m!{} { 1 } const N: u8 = m!{}; m! {} }",
    "impl !S for T {}",
    "impl<T> Tr for S<T> { type A = u8; fn f() {} async fn g(&self) { h().await } }",
    "mod m { pub fn f() { g() } fn g() {} }",
    "trait Tr { fn f(&self); fn g() { 1; } }",
    "struct S { a: u8 }",
    "static F: fn() = { fn f() {} f };",
    "const F: fn() = || {};",
    "macro_rules! f { () => { fn f() {} } }",
    "m! { fn f() {} }",
    "let x = { 1 };",
    "fn r#match(r#type: u8) -> u8 { r#type }",
    "fn f() -> u8 { let x = a. }",
    "fn f() { if let Some(x) = }",
    "fn f() { match x { A => , } g(; }",
    "fn f(a: ) -> { a }",
    "fn f(a { a }",
    "fn (a: u8) { a }",
    "fn f<T(a: T) { a }",
];

const BLOCKS: &[&str] = &[
    ", {}",
    ", { 1 }",
    ", { let a = g().await?; if a { return Err(1); } a }",
    ", { for a in b { g(a).await; async { h().await }; } 'a: loop { break 'a 1 } }",
    ", { join!(a, b); select! { recv(a) -> b => {} } }",
    ", { f(async |a| a.await, async move { b.await }) }",
    "{ 1 }",
    ", { let x = a. }",
];

const ARGUMENTS: &[&str] = &[
    "max = 0",
    "max = a.len() + 1, max_bytes = 64 * a.len()",
    "max = if a { 1 } else { 2 }, max_peak_bytes = { 1 }, max_retained_bytes = (1), max_reallocs = N, max_deallocs = 1u8",
    "measure",
    "max = 0, warmup = 1, on_overage = warn, name = \"f\", crate = a::b",
    "max = match a { 1 => 2, _ => 3 }, warmup = f(|x| x, [1, 2])",
];

const BAD_ARGUMENTS: &[&str] = &[
    "",
    "max = -1, max = 1.5, max_bytes = \"a\", measure = 1",
    "maxx = 0",
    "max = , measure(1), name = f, crate = 1, on_overage = loud, warmup",
    "max = a +",
    "max = a.",
    "0, max == 1, max <= 1",
    "threads = all, max = 0",
    "threads = all, max_peak_bytes = 1",
    "measure, max = 0",
    "measure, warmup = 1",
    "measure, on_overage = warn",
    "skip, max = 0",
    "max = true, max_bytes = 'c', max_reallocs = b\"a\"",
    "crate = \"a::b\", max = 0",
    "crate = a::Self, max = 0",
];

const SNIPPETS: &[&str] = &[
    "fn",
    "async",
    "await",
    ".await",
    "const",
    "unsafe",
    "extern",
    "pub",
    "impl",
    "impl Trait",
    "for<'a>",
    "->",
    "=>",
    "=",
    ",",
    ";",
    ":",
    "::",
    "#",
    "!",
    "?",
    ".",
    "..",
    "<",
    ">",
    "&",
    "&mut",
    "*",
    "-",
    "|",
    "||",
    "_",
    "self",
    "Self",
    "mut",
    "ref",
    "use",
    "let",
    "return",
    "break",
    "if",
    "match",
    "move",
    "where",
    "dyn",
    "'a",
    "0",
    "-1",
    "1.5",
    "99999999999999999999999999",
    "1u8",
    "\"a\"",
    "b\"a\"",
    "'c'",
    "r#fn",
    "r\"a\"",
    "{}",
    "()",
    "[]",
    "#[cfg(test)]",
    "#![allow(x)]",
    "/// doc\n",
    "//! doc\n",
    "$crate",
    "m!()",
    "m!{}",
    "{ return 1; }",
    "async move { x.await }",
    "let a = 1;",
    "use a::b;",
    "fn g() {}",
    "impl",
    "trait",
    "mod",
    "struct",
    "max",
    "measure",
    "warmup",
    "name",
    "crate",
    "on_overage",
    "max_bytes = 1",
    "é",
    "macro_rules! m { () => {} }",
    "yield",
    "gen",
    "union",
    "default",
    "safe",
];

/// What is done to one token.
#[derive(Debug, Clone)]
enum Edit {
    Delete,
    Double,
    SwapWithNext,
    /// Everything behind it in its brackets goes: what is being typed.
    BreakOff,
    Wrap(Delimiter),
    Unwrap,
    Insert(&'static str),
    Replace(&'static str),
}

fn edit() -> impl Strategy<Value = Edit> {
    const DELIMITERS: &[Delimiter] =
        &[Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];
    let whole = || select([ITEMS, ARGUMENTS, BAD_ARGUMENTS].concat());
    prop_oneof![
        3 => Just(Edit::Delete),
        1 => Just(Edit::Double),
        1 => Just(Edit::SwapWithNext),
        2 => Just(Edit::BreakOff),
        1 => select(DELIMITERS).prop_map(Edit::Wrap),
        1 => Just(Edit::Unwrap),
        4 => select(SNIPPETS).prop_map(Edit::Insert),
        4 => select(SNIPPETS).prop_map(Edit::Replace),
        1 => whole().prop_map(Edit::Insert),
        1 => whole().prop_map(Edit::Replace),
    ]
}

fn edited(original: impl Strategy<Value = &'static str>) -> impl Strategy<Value = TokenStream> {
    let edits = prop::collection::vec((any::<Index>(), edit()), 0..4);
    (original, edits).prop_map(|(text, edits)| {
        edits.iter().fold(tokens(text), |stream, (at, edit)| {
            let mut left = at.index(count(&stream) + 1);
            apply(edit, stream, &mut left)
        })
    })
}

fn arguments() -> impl Strategy<Value = TokenStream> {
    // Mostly good ones, so that it is the item that matters.
    prop_oneof![2 => select(ARGUMENTS).prop_map(tokens), 1 => edited(select([ARGUMENTS, BAD_ARGUMENTS].concat()))]
}

fn tokens(text: &str) -> TokenStream {
    // What is no tokens by itself, such as `$`, is none here.
    text.parse().unwrap_or_default()
}

fn count(stream: &TokenStream) -> usize {
    let inside = |token| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    stream.clone().into_iter().map(inside).sum()
}

/// Edits the token that has `left` others in front of it, or the end.
fn apply(edit: &Edit, stream: TokenStream, left: &mut usize) -> TokenStream {
    const DONE: usize = usize::MAX;
    let mut out = TokenStream::new();
    let mut rest = stream.into_iter();
    while let Some(token) = rest.next() {
        if *left == DONE {
            out.extend([token]);
            continue;
        }
        if *left > 0 {
            *left -= 1;
            out.extend([match token {
                TokenTree::Group(group) => {
                    grouped(group.delimiter(), apply(edit, group.stream(), left), group.span())
                }
                token => token,
            }]);
            continue;
        }
        *left = DONE;
        match edit {
            Edit::Delete => {}
            Edit::Double => out.extend([token.clone(), token]),
            Edit::SwapWithNext => out.extend(rest.next().into_iter().chain([token])),
            Edit::BreakOff => {
                out.extend([token]);
                break;
            }
            Edit::Wrap(delimiter) => {
                let span = token.span();
                out.extend([grouped(*delimiter, token.into(), span)]);
            }
            Edit::Unwrap => match token {
                TokenTree::Group(group) => out.extend(group.stream()),
                token => out.extend([token]),
            },
            Edit::Insert(text) => out.extend(tokens(text).into_iter().chain([token])),
            Edit::Replace(text) => out.extend(tokens(text)),
        }
    }
    if let (0, Edit::Insert(text) | Edit::Replace(text)) = (*left, edit) {
        *left = DONE;
        out.extend(tokens(text));
    }
    out
}

fn grouped(delimiter: Delimiter, stream: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(delimiter, stream);
    group.set_span(span);
    group.into()
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
