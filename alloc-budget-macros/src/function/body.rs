//! The parts of a body, and whether it breaks off.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Error, Item};

use crate::fragments::bracketed;
use crate::function::item::Function;
use crate::function::recognised::Case;
use crate::tokens::{is_block, is_punct};

/// The parts of a body between which the guard goes.
pub(crate) struct Body {
    /// `#![…]` and `//!`, which must come first.
    pub(crate) inner_attributes: TokenStream,
    /// `use`, `const`, `fn` and the like, which by custom stand before the statements. Behind them
    /// the arguments of a test's [`Case`].
    pub(crate) items: TokenStream,
    pub(crate) rest: Rest,
}

/// The statements, as a whole and one by one: to take them apart is what costs most.
pub(crate) struct Rest {
    pub(crate) stream: TokenStream,
    pub(crate) tokens: Vec<TokenTree>,
}

impl From<TokenStream> for Rest {
    fn from(stream: TokenStream) -> Self {
        Self { tokens: stream.clone().into_iter().collect(), stream }
    }
}

impl Function {
    pub(crate) fn body(&self) -> Body {
        let mut body = Body::of(&self.body.stream());
        if let Some(Case { arguments, call }) = Case::of(self, &body.items, &body.rest.tokens) {
            body.items.extend(arguments);
            body.rest = call.into();
        }
        body
    }
}

impl Body {
    /// Of what stands between the braces.
    pub(crate) fn of(tokens: &TokenStream) -> Self {
        let whole = Self {
            inner_attributes: TokenStream::new(),
            items: TokenStream::new(),
            rest: tokens.clone().into(),
        };
        if !whole.rest.tokens.first().is_some_and(may_be_apart) {
            return whole;
        }
        let split = |input: ParseStream<'_>| {
            let inner_attributes = take(input, |input| syn::Attribute::parse_inner(input).map(|_| ()));
            let mut items = TokenStream::new();
            while starts_item(input) && input.fork().parse::<Item>().is_ok() {
                items.extend(take(input, |input| input.parse::<Item>().map(|_| ())));
            }
            let rest: Vec<TokenTree> = input.parse::<TokenStream>()?.into_iter().collect();
            Ok(Self { inner_attributes, items, rest: bracketed(&rest).into() })
        };
        match split.parse2(tokens.clone()) {
            Ok(body) if !body.inner_attributes.is_empty() || !body.items.is_empty() => body,
            // What was not taken apart keeps what proc macros are not told of it, see `fragments`.
            _ => whole,
        }
    }
}

/// Whether a body that begins so may have an attribute or an item in front.
fn may_be_apart(first: &TokenTree) -> bool {
    match first {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None,
        first => is_punct(first, '#') || is_items_word(first),
    }
}

/// Whether the next statement can only be an item. A macro call could be anything.
fn starts_item(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let Ok(_) = syn::Attribute::parse_outer(&ahead) else { return false };
    ahead.parse().is_ok_and(|word| is_items_word(&word))
}

fn is_items_word(token: &TokenTree) -> bool {
    let TokenTree::Ident(word) = token else { return false };
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
    words.contains(&&*word.to_string())
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

/// Whether the body breaks off: the compiler has said so, and would say it again of every other
/// body with this end.
pub(crate) fn breaks_off(tokens: &[TokenTree]) -> bool {
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
