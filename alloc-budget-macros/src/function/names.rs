//! What a block in place of the body must know of the function: the arguments that the body names,
//! and the type of its value.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{FnArg, ReturnType, Type};

use crate::function::item::Function;
use crate::tokens::{grouped, ident, is_punct};

/// What an async block in place of the body needs to know of the function.
#[derive(Default)]
pub(crate) struct Signature {
    /// In order, a statement for each name that an argument binds and the body names.
    pub(crate) naming: Vec<TokenStream>,
    /// The type of its value, where it can be told.
    pub(crate) output: Option<TokenStream>,
}

impl Function {
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
}

/// The names that a pattern binds: what begins like a variable. Not those that begin with an
/// underscore, or a lint would find them used, nor what an attribute may remove.
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

/// Whether a variable is named in the tokens, by itself or by a format that captures it:
/// `"{name}"`, `"{name:?}"`.
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

/// Whether a name between these tokens can be a variable's: it is none of a field, a method or a
/// macro, and in no path.
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
