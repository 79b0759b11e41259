//! The arguments of a budget, with their places. What they may be is checked by the attribute
//! itself: a program that was compiled has no others.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, Token};

use crate::report::budget::Limit;
use crate::source::literal::Literal;
use crate::source::text::Text;

/// What stands between the parentheses.
#[derive(Debug, Clone, Default)]
pub struct Args {
    pub limits: Vec<Argument>,
    /// Where `measure` stands.
    pub measure: Option<Range<usize>>,
    /// `name = "…"`
    pub label: Option<String>,
    pub all_threads: bool,
    pub is_skip: bool,
}

/// A limit.
#[derive(Debug, Clone)]
pub struct Argument {
    pub limit: Limit,
    /// What it allows, as it is written.
    pub text: String,
    pub range: Range<usize>,
    /// Where it is nothing but that.
    pub literal: Option<Literal>,
}

impl Args {
    pub fn limit(&self, limit: Limit) -> Option<&Argument> {
        self.limits.iter().find(|argument| argument.limit == limit)
    }

    /// Whether there is anything that makes it a budget.
    pub(super) fn is_budget(&self) -> bool {
        self.measure.is_some() || !self.limits.is_empty()
    }

    /// # Errors
    /// The tokens are not names with values.
    pub(super) fn parse(tokens: TokenStream, text: &Text) -> syn::Result<Self> {
        let parse = |input: ParseStream<'_>| {
            let mut args = Self::default();
            while !input.is_empty() {
                args.parse_one(input, text)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(args)
        };
        parse.parse2(tokens)
    }

    fn parse_one(&mut self, input: ParseStream<'_>, text: &Text) -> syn::Result<()> {
        let name = input.call(Ident::parse_any)?;
        if !input.peek(Token![=]) {
            if name == "measure" {
                self.measure = Some(text.range(name.span()));
            } else if name == "skip" {
                self.is_skip = true;
            }
            return Ok(());
        }
        input.parse::<Token![=]>()?;
        let first = input.span();
        let value: Expr = input.parse()?;
        if let Some(limit) = Limit::ALL.into_iter().find(|limit| name == limit.argument()) {
            let range = text.range(first).start..text.range(last(&value)).end;
            let text = text.get(range.clone()).to_owned();
            let literal = match &value {
                Expr::Lit(ExprLit { lit: Lit::Int(_), attrs }) if attrs.is_empty() => Literal::parse(&text),
                _ => None,
            };
            self.limits.push(Argument { limit, text, range, literal });
        } else if name == "threads" {
            self.all_threads = matches!(&value, Expr::Path(path) if path.path.is_ident("all"));
        } else if let ("name", Expr::Lit(ExprLit { lit: Lit::Str(label), .. })) = (&*name.to_string(), &value)
        {
            self.label = Some(label.value());
        }
        Ok(())
    }
}

/// The last token's place, in which a group's is that of its end too.
fn last(value: &Expr) -> Span {
    value.to_token_stream().into_iter().last().map_or_else(Span::call_site, |token| token.span())
}
