//! What the macros of other crates make of a function.
//!
//! Where their attribute stands above ours, they expand first. What they made is recognised here,
//! so that the budget measures the user's code in it and not what they put around it. What is not
//! recognised is measured as it is written, which is right too, and counts more.
//!
//! Each form has its crate and versions. A test compiles the oldest and the newest of them:
//! `upstream` in `tests/fixtures`, and `tests/futures/attributes.rs`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use crate::function::item::Function;
use crate::tokens::{any, grouped, ident, is_block, is_punct, is_word, skip_attributes};

/// `Box::pin(async move { … })` as the whole body.
///
/// async-trait since 0.1.43 makes it of an `async fn` in a trait or an `impl`; and people write it.
/// The path is `Box::pin` with or without a `::std::boxed` in front:
///
/// ```text
/// Box::pin(async move { let __ret: u8 = { … }; __ret })
/// ```
///
/// Before 0.1.43 the box held the call of an `async fn` inside the body, and is not recognised.
pub(crate) struct BoxedFuture {
    pub(crate) path: TokenStream,
    /// The parentheses, and in them the future.
    pub(crate) call: Group,
}

impl BoxedFuture {
    pub(super) fn of(rest: &[TokenTree]) -> Option<Self> {
        let (TokenTree::Group(call), path) = rest.split_last()? else { return None };
        let is_call = call.delimiter() == Delimiter::Parenthesis && is_box_pin(path);
        let is_future = || is_async_block(&call.stream().into_iter().collect::<Vec<_>>());
        (is_call && is_future()).then(|| Self { path: path.iter().cloned().collect(), call: call.clone() })
    }
}

/// async-trait moves each argument into the future, with `let size = size;`. One that only the
/// budget names would be unused there: it is used behind that.
/// `None` where it is none.
pub(crate) fn used_in_box(rest: &[TokenTree], is_named: &dyn Fn(&Ident) -> bool) -> Option<TokenStream> {
    let BoxedFuture { path, call } = BoxedFuture::of(rest)?;
    let mut future: Vec<TokenTree> = call.stream().into_iter().collect();
    let Some(TokenTree::Group(block)) = future.pop() else { return None };
    let tokens: Vec<TokenTree> = block.stream().into_iter().collect();
    let mut used = TokenStream::new();
    for (at, token) in tokens.iter().enumerate() {
        token.to_tokens(&mut used);
        if let Some(name) = moved_argument(&tokens[..=at]).filter(|name| is_named(name)) {
            used.extend(quote_spanned!(Span::mixed_site()=> if false { let _ = &#name; }));
        }
    }
    let future: TokenStream = future.into_iter().collect();
    let block = grouped(&block, used);
    let call = grouped(&call, quote!(#future #block));
    Some(quote!(#path #call))
}

/// The argument of these tokens' last statement, where that is `let size = size;` or
/// `let mut size = size;`.
fn moved_argument(tokens: &[TokenTree]) -> Option<&Ident> {
    let [.., word, name, equals, argument, end] = tokens else { return None };
    let is_binding = is_word(word, "let") || is_word(word, "mut");
    let is_moved = is_binding && is_punct(equals, '=') && is_punct(end, ';');
    ident(name).filter(|name| is_moved && ident(argument) == Some(name))
}

/// `Box::pin`, with any path in front.
fn is_box_pin(path: &[TokenTree]) -> bool {
    let is_path = path.iter().all(|token| ident(token).is_some() || is_punct(token, ':'));
    let names: Vec<_> = path.iter().filter_map(ident).collect();
    is_path && matches!(&*names, [.., first, last] if *first == "Box" && *last == "pin")
}

/// `async { … }` or `async move { … }`, alone.
pub(super) fn is_async_block(future: &[TokenTree]) -> bool {
    let is_async = |first, block| is_word(first, "async") && is_block(block);
    future.len() <= 3 && matches!(future, [first, .., block] if is_async(first, block))
}

/// `let body = async { … };` and an executor that it is given to.
///
/// tokio's `#[main]` and `#[test]` make it of an `async fn`. With tokio-macros from 1.4 to 1.8.0,
/// and still of `#[main]`:
///
/// ```text
/// let body = async { … };
/// tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("…").block_on(body)
/// ```
///
/// Since 1.8.1 and in 2, a `#[test]` has this between the two, and braces around the second:
///
/// ```text
/// tokio::pin!(body);
/// let body: ::core::pin::Pin<&mut dyn ::core::future::Future<Output = ()>> = body;
/// ```
///
/// In 2.7, `#[main]` has `let body = { if false { let _: &dyn … = &body; } body };` there. Before
/// 1.4 the future stood in the call of `block_on`, and is not recognised.
pub(crate) struct HandedFuture {
    /// `let body =`
    pub(crate) binding: TokenStream,
    /// `async`
    pub(crate) keyword: TokenTree,
    pub(crate) block: Group,
    /// All that follows.
    pub(crate) executor: TokenStream,
}

impl HandedFuture {
    pub(crate) fn of(rest: &[TokenTree]) -> Option<Self> {
        let [word, body, equals @ TokenTree::Punct(_), keyword, TokenTree::Group(block), executor @ ..] =
            rest
        else {
            return None;
        };
        if !is_word(word, "let") || !is_word(body, "body") || !is_word(keyword, "async") {
            return None;
        }
        let executor: TokenStream = executor.iter().cloned().collect();
        is_run(&executor).then(|| Self {
            binding: [word, body, equals].into_iter().cloned().collect(),
            keyword: keyword.clone(),
            block: block.clone(),
            executor,
        })
    }
}

/// Whether these tokens build a runtime of tokio's and give it something to run.
fn is_run(executor: &TokenStream) -> bool {
    ["enable_all", "block_on"].iter().all(|name| any(executor, &|token| is_word(token, name)))
}

/// A function that makes the arguments of a test and calls it. The call is what has the budget, and
/// its limits may name the arguments.
///
/// rstest makes one of each case of a test:
///
/// ```text
/// fn case_1() { let size = 50; test(size) }
/// async fn case_1() { let size = 50; test(size).await }
/// fn test() { fn test(made: Vec<u8>) { … } let made = made::default(); test(made) }  // a fixture
/// ```
///
/// Tested from 0.12 on. Until 0.15 there is a `println!("{:-^40}", " TEST START ");` in front of
/// the call, later only with `#[trace]`. A case with a `#[timeout]` is a
/// [`Moved`](super::moved::Moved) one.
///
/// What test-log puts in front of a test stands where the arguments are, and all that follows is
/// the call.
pub(crate) struct Case {
    pub(crate) arguments: TokenStream,
    /// With its `.await`, if it has one.
    pub(crate) call: TokenStream,
}

impl Case {
    /// Of a function whose body has these items and this rest.
    pub(super) fn of(function: &Function, items: &TokenStream, rest: &[TokenTree]) -> Option<Self> {
        let stream = |tokens: &[TokenTree]| tokens.iter().cloned().collect();
        let at = |(arguments, call)| Self { arguments: stream(arguments), call: stream(call) };
        if rest.first().is_some_and(is_prologue) {
            return Some(at(rest.split_at(1)));
        }
        let end = rest.iter().rposition(|token| is_punct(token, ';'))?;
        let (arguments, call) = rest.split_at(end + 1);
        let test = called(call)?;
        let is_case = only_binds(arguments) && is_own_test(function, test, items);
        // Last, as the only one that parses.
        (is_case && has_no_arguments(function)).then(|| at((arguments, call)))
    }
}

/// Whether these are the braces in which test-log has the test's output begin:
/// `{ mod init { pub fn init() { … } } init::init(); }`.
fn is_prologue(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    match &*tokens {
        [first, name, TokenTree::Group(_), path, colon, _, call, TokenTree::Group(_), end] => {
            let is_init = [name, path, call].iter().all(|token| is_word(token, "init"));
            is_word(first, "mod") && is_init && is_punct(colon, ':') && is_punct(end, ';')
        }
        _ => false,
    }
}

/// What is called by `test(…)` or `test(…).await`.
fn called(call: &[TokenTree]) -> Option<&Ident> {
    match call {
        [TokenTree::Ident(test), TokenTree::Group(_)] => Some(test),
        [TokenTree::Ident(test), TokenTree::Group(_), dot, word]
            if is_punct(dot, '.') && is_word(word, "await") =>
        {
            Some(test)
        }
        _ => None,
    }
}

/// Whether each of these statements makes an argument, or traces one.
fn only_binds(statements: &[TokenTree]) -> bool {
    statements.split(|token| is_punct(token, ';')).all(|statement| {
        let statement = &statement[skip_attributes(statement)..];
        statement.first().is_none_or(|first| is_word(first, "let") || is_word(first, "println"))
    })
}

/// Whether a function calls the test that it was made of: it has a name of its own, at the place of
/// the test's; or the test is one of its items, with the same name.
fn is_own_test(function: &Function, test: &Ident, items: &TokenStream) -> bool {
    let Some(name) = &function.name else { return false };
    if name == test {
        let items: Vec<TokenTree> = items.clone().into_iter().collect();
        return items.windows(2).any(|pair| is_word(&pair[0], "fn") && ident(&pair[1]) == Some(name));
    }
    // Where the source can't be read, in an editor, nothing runs.
    name.span().source_text().is_none_or(|written| *test == written)
}

fn has_no_arguments(function: &Function) -> bool {
    function.parsed().is_some_and(|signature| signature.inputs.is_empty())
}
