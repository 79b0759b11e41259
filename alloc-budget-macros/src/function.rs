//! The annotated function: its head told apart from its body, both kept as the user's own tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Error, FnArg, Item, ReturnType, Type};

use crate::awaits::Awaits;
use crate::fragments::{bracketed, grouped, ungrouped};
use crate::never::is_without_value;

/// A function with a body.
pub(crate) struct Function {
    /// Attributes, visibility, signature.
    pub(crate) head: TokenStream,
    pub(crate) body: Group,
    /// Where the function begins, behind its attributes.
    pub(crate) start: Span,
    name: Option<Ident>,
    pub(crate) is_async: bool,
}

/// The parts of a body between which the guard goes.
pub(crate) struct Body {
    /// `#![…]` and `//!`, which must come first.
    pub(crate) inner_attributes: TokenStream,
    /// `use`, `const`, `fn` and the like, which by custom stand before the statements. Behind them the arguments of a
    /// test's case, see [`Function::case`].
    pub(crate) items: TokenStream,
    pub(crate) rest: TokenStream,
}

/// What of a function is measured poll by poll.
pub(crate) enum Measured {
    /// The body, with something in front of each `.await`.
    Paced(TokenStream),
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

/// What an async block in place of the body needs to know of the function.
#[derive(Default)]
pub(crate) struct Signature {
    /// In order, a statement for each name that an argument binds and the body names.
    pub(crate) naming: Vec<TokenStream>,
    /// The type of its value, where it can be told.
    pub(crate) output: Option<TokenStream>,
}

impl Function {
    /// Tells what can't have a budget, and why.
    pub(crate) fn parse(item: &TokenStream) -> Result<Self, Error> {
        let mut head: Vec<TokenTree> = item.clone().into_iter().collect();
        let start = skip_attributes(&head);
        let (qualifiers, keyword) = words(&head[start..]);
        let name =
            head[start..].iter().skip_while(|token| !is_word(token, "fn")).nth(1).and_then(ident).cloned();
        let start = head.get(start).or(head.last()).map_or_else(Span::call_site, TokenTree::span);
        if keyword.is_none_or(|keyword| keyword != "fn") {
            return Err(Error::new(
                start,
                "an allocation budget goes on a function, or on an `impl` block, a trait or an inline module for each \
                 function in it\n\
                 help: put the attribute on the functions that have a budget; for a block of code there is \
                 `alloc_budget::budget!`",
            ));
        }
        let find = |word: &str| qualifiers.iter().find(|qualifier| **qualifier == word);
        if let Some(qualifier) = find("const") {
            return Err(Error::new(
                qualifier.span(),
                "a `const fn` can't have an allocation budget: it may run at compile time, where nothing is \
                 allocated\nhelp: remove `const` or the attribute",
            ));
        }
        if let Some(qualifier) = find("gen") {
            return Err(Error::new(
                qualifier.span(),
                "a `gen fn` can't have an allocation budget\n\
                 help: put the attribute on the functions that it calls",
            ));
        }
        if let Some(naked) = attribute(&head, "naked") {
            return Err(Error::new(
                naked.span(),
                "a naked function can't have an allocation budget: all that is in it is its assembly\n\
                 help: put the attribute on the functions that call it",
            ));
        }
        let is_async = find("async").is_some();
        match head.pop().map(ungrouped) {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                Ok(Self { head: bracketed(&head), body, start, name, is_async })
            }
            last => Err(Error::new(
                last.map_or_else(Span::call_site, |last| last.span()),
                "a function without a body can't have an allocation budget\n\
                 help: put the attribute where the body is: on the methods of each `impl`, or on a default body",
            )),
        }
    }

    /// What of the function is a future, and awaited or not, what of it is measured. `None` where a guard does.
    ///
    /// A body without `.await` runs in one poll, so a guard in front of it is exact, and cheaper.
    pub(crate) fn future(&self, rest: &TokenStream) -> Option<Measured> {
        if self.is_async {
            let awaits = Awaits::of_function(rest.clone());
            return match (&*awaits.unseen, awaits.any()) {
                ([], false) => None,
                ([], true) => Some(Measured::Paced(awaits.paced)),
                _ => Some(Measured::Body),
            };
        }
        boxed_future(rest).or_else(|| self.handed_future(rest))
    }

    /// `let body = async { … };` and the executor, which `#[tokio::main]` and `#[tokio::test]` make of an `async fn`.
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

    /// The arguments and the call of a case that `#[rstest]` has made of a test: `let size = 50; test(size)`. The
    /// call is what has the budget, and its limits may name the arguments.
    ///
    /// The case has a name of its own, at the place of the test's; or the test stands inside, with the same name.
    fn case(&self, items: &TokenStream, rest: &TokenStream) -> Option<(TokenStream, TokenStream)> {
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

    fn parsed(&self) -> Option<syn::Signature> {
        let mut tokens = self.head.clone();
        tokens.extend(quote::quote!({}));
        syn::parse2::<syn::ItemFn>(tokens).ok().map(|function| function.sig)
    }

    /// Whether the body's value is an `impl Trait`, which may be a closure.
    pub(crate) fn has_opaque_value(&self) -> bool {
        let is_opaque = |output: &ReturnType| any(&output.to_token_stream(), &|token| is_word(token, "impl"));
        let has_value =
            || !syn::parse2(self.body.to_token_stream()).is_ok_and(|body| is_without_value(&body));
        self.parsed().is_some_and(|signature| is_opaque(&signature.output)) && has_value()
    }

    /// What the block around the body must know.
    pub(crate) fn signature(&self, body: &TokenStream) -> Signature {
        let Some(signature) = self.parsed() else { return Signature::default() };
        let output = match &signature.output {
            // `-> !` can't be written there, and is inferred.
            ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => None,
            ReturnType::Type(_, ty) => Some(inferred(ty.to_token_stream())),
            ReturnType::Default => Some(quote::quote!(())),
        };
        let mut naming = Vec::new();
        for input in &signature.inputs {
            let mut names = Vec::new();
            let attributes = match input {
                FnArg::Receiver(receiver) => {
                    names.push(Ident::new("self", receiver.self_token.span));
                    &receiver.attrs
                }
                FnArg::Typed(argument) => {
                    bindings(argument.pat.to_token_stream(), &mut names);
                    &argument.attrs
                }
            };
            // An argument that is not used stays outside, so that it is still reported.
            names.retain(|name| is_named(name, body));
            let cfgs: Vec<_> =
                attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
            naming.extend(
                names.iter().map(|name| quote_spanned!(Span::mixed_site()=> #(#cfgs)* let _ = &#name;)),
            );
        }
        Signature { naming, output }
    }

    pub(crate) fn body(&self) -> Body {
        let split = |input: ParseStream<'_>| {
            let inner_attributes = take(input, |input| syn::Attribute::parse_inner(input).map(|_| ()));
            let mut items = TokenStream::new();
            while starts_item(input) && input.fork().parse::<Item>().is_ok() {
                items.extend(take(input, |input| input.parse::<Item>().map(|_| ())));
            }
            let rest: Vec<TokenTree> = input.parse::<TokenStream>()?.into_iter().collect();
            Ok(Body { inner_attributes, items, rest: bracketed(&rest) })
        };
        let whole = |_| Body {
            inner_attributes: TokenStream::new(),
            items: TokenStream::new(),
            rest: self.body.stream(),
        };
        let mut body = split.parse2(self.body.stream()).unwrap_or_else(whole);
        if body.inner_attributes.is_empty() && body.items.is_empty() {
            // What was not taken apart keeps what proc macros are not told of it, see `fragments`.
            body.rest = self.body.stream();
        }
        if let Some((arguments, call)) = self.case(&body.items, &body.rest) {
            body.items.extend(arguments);
            body.rest = call;
        }
        body
    }
}

/// How many of the tokens are attributes.
pub(crate) fn skip_attributes(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    while let [TokenTree::Punct(pound), TokenTree::Group(_), ..] = &tokens[at..]
        && pound.as_char() == '#'
    {
        at += 2;
    }
    at
}

/// The name of an attribute without arguments, `unsafe(…)` around it or not, where it is one of these tokens'.
fn attribute(tokens: &[TokenTree], name: &str) -> Option<Ident> {
    tokens[..skip_attributes(tokens)].iter().find_map(|token| {
        let TokenTree::Group(attribute) = token else { return None };
        let words: Vec<TokenTree> = attribute.stream().into_iter().collect();
        let words = match &*words {
            [TokenTree::Ident(word), TokenTree::Group(inside)] if word == "unsafe" => {
                inside.stream().into_iter().collect()
            }
            _ => words,
        };
        match &*words {
            [TokenTree::Ident(word)] if word == name => Some(word.clone()),
            _ => None,
        }
    })
}

/// The words from an item's visibility to its keyword, which is not one of them.
fn words(tokens: &[TokenTree]) -> (Vec<&Ident>, Option<&Ident>) {
    let mut qualifiers = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(word) if QUALIFIERS.iter().any(|qualifier| word == qualifier) => {
                qualifiers.push(word);
            }
            TokenTree::Ident(word) => return (qualifiers, Some(word)),
            // What belongs to `pub(in path)` and `extern "C"`, or came through a macro's `$vis`.
            TokenTree::Literal(_) | TokenTree::Group(_) => {}
            TokenTree::Punct(_) => break,
        }
    }
    (qualifiers, None)
}

/// What kind of item it is.
pub(crate) fn keyword(tokens: &[TokenTree]) -> Option<&Ident> {
    words(tokens).1
}

const QUALIFIERS: [&str; 9] =
    ["pub", "crate", "default", "const", "async", "gen", "unsafe", "safe", "extern"];

/// Whether the next statement can only be an item. A macro call could be anything.
fn starts_item(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let Ok(_) = syn::Attribute::parse_outer(&ahead) else { return false };
    let Ok(TokenTree::Ident(word)) = ahead.parse() else { return false };
    let words = [
        "use",
        "const",
        "static",
        "fn",
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "type",
        "mod",
        "pub",
        "extern",
        "macro_rules",
        "unsafe",
        "async",
    ];
    words.iter().any(|item| word == item)
}

/// The tokens that `parse` goes past, as the user wrote them.
fn take(input: ParseStream<'_>, parse: impl FnOnce(ParseStream<'_>) -> Result<(), Error>) -> TokenStream {
    let end = input.fork();
    if parse(&end).is_err() {
        return TokenStream::new();
    }
    let mut tokens = Vec::new();
    while input.cursor() != end.cursor() {
        match input.parse::<TokenTree>() {
            Ok(next) => tokens.push(next),
            Err(_) => break,
        }
    }
    bracketed(&tokens)
}

/// Whether the body breaks off: the compiler has said so, and would say it again of every other body with this end.
pub(crate) fn breaks_off(body: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    let end = tokens.iter().rposition(|token| is_punct(token, ';')).map_or(0, |at| at + 1);
    let tail = &tokens[end..];
    let needs_block = ["if", "while", "for", "match", "loop"];
    match tail {
        [TokenTree::Ident(first), ..] if first == "let" => return true,
        [TokenTree::Ident(first), others @ ..] if needs_block.iter().any(|word| first == word) => {
            return !others.iter().any(is_block);
        }
        _ => {}
    }
    match tail {
        [.., TokenTree::Punct(before), TokenTree::Punct(last)] => match last.as_char() {
            '.' => before.as_char() != '.',
            '>' => matches!(before.as_char(), '-' | '='),
            // `f as fn() -> !`
            '!' => before.as_char() != '>',
            '?' => false,
            _ => true,
        },
        [.., TokenTree::Punct(last)] => !matches!(last.as_char(), '?' | '>'),
        _ => false,
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

fn ident(token: &TokenTree) -> Option<&Ident> {
    match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    }
}

pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    ident(token).is_some_and(|ident| ident == word)
}

/// Also a macro's `$body:block`.
pub(crate) fn is_block(token: &TokenTree) -> bool {
    matches!(ungrouped(token.clone()), TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

pub(crate) fn is_punct(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

/// The names that a pattern binds: what begins like a variable. Not those that begin with an underscore, or a lint would
/// find them used, nor what an attribute may remove.
fn bindings(pattern: TokenStream, names: &mut Vec<Ident>) {
    let tokens: Vec<TokenTree> = pattern.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let (before, behind) = (&tokens[..at], &tokens[at + 1..]);
        let field = before.iter().rev().take_while(|token| !is_punct(token, ','));
        if field.clone().any(|token| is_punct(token, '#') || is_punct(token, '!')) {
            continue;
        }
        match token {
            TokenTree::Group(group) => bindings(group.stream(), names),
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                let is_keyword = ["mut", "ref", "box"].contains(&&*text);
                let begins_like_one = text.trim_start_matches("r#").starts_with(char::is_lowercase);
                let is_called = matches!(behind, [TokenTree::Group(_), ..]);
                if begins_like_one && !is_keyword && !is_called && is_variable(before, behind) {
                    names.push(ident.clone());
                }
            }
            _ => {}
        }
    }
}

/// Whether a variable is named in the tokens, by itself or by a format that captures it: `"{name}"`, `"{name:?}"`.
fn is_named(variable: &Ident, tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => is_named(variable, &group.stream()),
        TokenTree::Ident(ident) => ident == variable && is_variable(&tokens[..at], &tokens[at + 1..]),
        TokenTree::Literal(text) => {
            let text = text.to_string();
            ["}", ":"].iter().any(|end| text.contains(&format!("{{{variable}{end}")))
        }
        TokenTree::Punct(_) => false,
    })
}

/// Whether a name between these tokens can be a variable's: it is none of a field, a method or a macro, and in no path.
fn is_variable(before: &[TokenTree], behind: &[TokenTree]) -> bool {
    let is = |token: Option<&TokenTree>, punct| token.is_some_and(|token| is_punct(token, punct));
    let (last, next) = (before.last(), behind.first());
    let (last_but_one, next_but_one) = (before.iter().nth_back(1), behind.get(1));
    let is_member = is(last, '.') && !is(last_but_one, '.');
    // Or a variable of the body, with a type: `let name: u8`.
    let is_field_or_module = is(next, ':');
    let is_in_path = is(last, ':') && is(last_but_one, ':');
    let is_macro = is(next, '!') && !is(next_but_one, '=');
    !(is_member || is_field_or_module || is_in_path || is_macro)
}

/// Whether any of the tokens, or of those inside them, is such a one.
pub(crate) fn any(tokens: &TokenStream, is: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => any(&group.stream(), is),
        token => is(&token),
    })
}

/// A type with `_` for each `impl Trait` in it.
fn inferred(ty: TokenStream) -> TokenStream {
    let mut tokens = ty.into_iter().peekable();
    let mut out = TokenStream::new();
    let mut is_trait = false;
    while let Some(token) = tokens.next() {
        let is_behind_trait = is_trait;
        is_trait = ident(&token).is_some_and(|name| name.to_string().starts_with(char::is_uppercase));
        match token {
            TokenTree::Ident(ident) if ident == "impl" => {
                let mut depth = 0;
                let mut previous = ' ';
                while let Some(next) = tokens.peek() {
                    if let TokenTree::Punct(punct) = next {
                        match punct.as_char() {
                            '<' => depth += 1,
                            '>' if previous == '-' => {}
                            ',' | '>' if depth == 0 => break,
                            '>' => depth -= 1,
                            _ => {}
                        }
                        previous = punct.as_char();
                    } else {
                        previous = ' ';
                    }
                    tokens.next();
                }
                out.extend(quote::quote!(_));
            }
            TokenTree::Group(group) => {
                let inside = inferred(group.stream());
                // `&(impl Trait + Send)`, and not `Fn(_)`
                let is_only = group.delimiter() == Delimiter::Parenthesis && inside.to_string() == "_";
                out.extend(if is_only && !is_behind_trait {
                    inside
                } else {
                    grouped(&group, inside).to_token_stream()
                });
            }
            token => out.extend([token]),
        }
    }
    out
}
