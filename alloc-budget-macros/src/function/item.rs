//! A function's parts, and what can't have a budget.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Error, ReturnType};

use crate::fragments::bracketed;
use crate::never::is_without_value;
use crate::tokens::{any, ident, is_punct, is_word, skip_attributes, ungrouped};

/// A function with a body.
pub(crate) struct Function {
    /// Attributes, visibility, signature.
    pub(crate) head: TokenStream,
    pub(crate) body: Group,
    /// Where the function begins, behind its attributes.
    pub(crate) start: Span,
    pub(crate) name: Option<Ident>,
    pub(crate) is_async: bool,
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

    /// `None` where the head does not parse: it is still being typed.
    pub(super) fn parsed(&self) -> Option<syn::Signature> {
        let mut tokens = self.head.clone();
        tokens.extend(quote::quote!({}));
        syn::parse2::<syn::ItemFn>(tokens).ok().map(|function| function.sig)
    }

    /// Whether no type follows the arrow: the compiler has said so, and would say it again of other
    /// braces behind it.
    pub(crate) fn lacks_type(&self) -> bool {
        let head: Vec<TokenTree> = self.head.clone().into_iter().collect();
        matches!(&head[..], [.., dash, tip] if is_punct(dash, '-') && is_punct(tip, '>'))
    }

    /// The name of an attribute without arguments, where the function has it.
    pub(crate) fn attribute(&self, name: &str) -> Option<Ident> {
        attribute(&self.head.clone().into_iter().collect::<Vec<_>>(), name)
    }

    /// The head of the same function, never inlined.
    pub(crate) fn head_of_its_own(&self) -> TokenStream {
        let tokens: Vec<TokenTree> = self.head.clone().into_iter().collect();
        let mut head = quote_spanned!(Span::mixed_site()=> #[inline(never)]);
        let mut rest = &*tokens;
        while let [pound, TokenTree::Group(attribute), others @ ..] = rest {
            if !is_punct(pound, '#') {
                break;
            }
            let is_inline =
                attribute.stream().into_iter().next().is_some_and(|word| is_word(&word, "inline"));
            if !is_inline {
                head.extend([pound.clone(), rest[1].clone()]);
            }
            rest = others;
        }
        head.extend(rest.iter().cloned());
        head
    }

    /// Whether the body's value is an `impl Trait`, which may be a closure.
    pub(crate) fn has_opaque_value(&self) -> bool {
        let is_opaque = |output: &ReturnType| any(&output.to_token_stream(), &|token| is_word(token, "impl"));
        let has_value =
            || !syn::parse2(self.body.to_token_stream()).is_ok_and(|body| is_without_value(&body));
        self.parsed().is_some_and(|signature| is_opaque(&signature.output)) && has_value()
    }
}

/// The name of an attribute without arguments, `unsafe(…)` around it or not, where it is one of
/// these tokens'.
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
