//! What of a function is a future, awaited or not.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::awaits::Awaits;
use crate::function::Function;
use crate::tokens::{any, ident, is_block, is_punct, is_word, skip_attributes};

/// What of a function is measured poll by poll.
pub(crate) enum Measured {
    /// The body, with something in front of each `.await`.
    Pausing(TokenStream),
    /// The body as it is, in a future of its own.
    Body,
    /// `path(future)`, the future being an `async` block.
    Boxed { path: TokenStream, call: Group },
    /// `let body = future;` and an executor that it is given to.
    Handed {
        binding: TokenStream,
        /// `async`
        keyword: TokenTree,
        block: Group,
        /// What of the block comes first and is not measured.
        arguments: TokenStream,
        future: TokenStream,
        executor: TokenStream,
    },
}

impl Function {
    /// What of the function is a future, and awaited or not, what of it is measured. `None` where a
    /// guard does.
    ///
    /// A body without `.await` runs in one poll, so a guard in front of it is exact, and cheaper.
    pub(crate) fn future(&self, rest: &TokenStream) -> Option<Measured> {
        if self.is_async {
            let awaits = Awaits::of_function(rest.clone());
            return match (&*awaits.unseen, awaits.any()) {
                ([], false) => None,
                ([], true) => Some(Measured::Pausing(awaits.pausing)),
                _ => Some(Measured::Body),
            };
        }
        boxed_future(rest).or_else(|| self.handed_future(rest))
    }

    /// `let body = async { … };` and the executor: what `#[tokio::main]` and `#[tokio::test]` make
    /// of an `async fn`.
    fn handed_future(&self, rest: &TokenStream) -> Option<Measured> {
        let tokens: Vec<TokenTree> = rest.clone().into_iter().collect();
        let (binding, others) = tokens.split_at_checked(3)?;
        let [TokenTree::Ident(word), TokenTree::Ident(body), TokenTree::Punct(_)] = binding else {
            return None;
        };
        let [keyword, TokenTree::Group(block), executor @ ..] = others else { return None };
        let executor: TokenStream = executor.iter().cloned().collect();
        let is_async = word == "let" && body == "body" && is_word(keyword, "async");
        let is_run =
            ["enable_all", "block_on"].iter().all(|name| any(&executor, &|token| is_word(token, name)));
        if !is_async || !is_run {
            return None;
        }
        let (arguments, call) = self.case(&TokenStream::new(), &block.stream()).unzip();
        Some(Measured::Handed {
            binding: binding.iter().cloned().collect(),
            keyword: keyword.clone(),
            block: block.clone(),
            arguments: arguments.unwrap_or_default(),
            future: call
                .map_or_else(|| quote::quote!(#keyword #block), |call| quote::quote!(#keyword { #call })),
            executor,
        })
    }

    /// The arguments and the call of a case that `#[rstest]` has made of a test: `let size = 50;
    /// test(size)`. The call is what has the budget, and its limits may name the arguments.
    ///
    /// The case has a name of its own, at the place of the test's; or the test stands inside, with
    /// the same name.
    pub(super) fn case(&self, items: &TokenStream, rest: &TokenStream) -> Option<(TokenStream, TokenStream)> {
        let mut arguments: Vec<TokenTree> = rest.clone().into_iter().collect();
        let end = arguments.iter().rposition(|token| is_punct(token, ';'))?;
        let call = arguments.split_off(end + 1);
        let (TokenTree::Ident(test), TokenTree::Group(_)) = (call.first()?, call.get(1)?) else {
            return None;
        };
        let is_call = match &call[2..] {
            [] => true,
            [dot, word] => is_punct(dot, '.') && is_word(word, "await"),
            _ => false,
        };
        let is_bound = arguments.split(|token| is_punct(token, ';')).all(|statement| {
            let statement = &statement[skip_attributes(statement)..];
            statement.first().is_none_or(|first| is_word(first, "let") || is_word(first, "println"))
        });
        let name = self.name.as_ref()?;
        let is_case = if name == test {
            let items: Vec<TokenTree> = items.clone().into_iter().collect();
            items.windows(2).any(|pair| is_word(&pair[0], "fn") && ident(&pair[1]) == Some(name))
        } else {
            // Where the source can't be read, in an editor, nothing runs.
            name.span().source_text().is_none_or(|written| *test == written)
        };
        let is_test = || self.parsed().is_some_and(|signature| signature.inputs.is_empty());
        (is_call && is_bound && is_case && is_test())
            .then(|| (arguments.into_iter().collect(), call.into_iter().collect()))
    }
}

/// `Box::pin(async move { … })` as the whole body.
fn boxed_future(rest: &TokenStream) -> Option<Measured> {
    let mut path: Vec<TokenTree> = rest.clone().into_iter().collect();
    let Some(TokenTree::Group(call)) = path.pop() else { return None };
    let is_path = path.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    let names: Vec<_> = path.iter().filter_map(ident).collect();
    let future: Vec<TokenTree> = call.stream().into_iter().collect();
    let is_async = matches!(&*future, [first, .., block]
        if is_word(first, "async") && is_block(block))
        && future.len() <= 3;
    let is_call = is_path && call.delimiter() == Delimiter::Parenthesis;
    (is_call && is_async && matches!(&*names, [.., first, last] if *first == "Box" && *last == "pin"))
        .then(|| Measured::Boxed { path: path.into_iter().collect(), call })
}
