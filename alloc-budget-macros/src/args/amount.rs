//! An expression that gives a limit.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, ExprUnary, Lit, UnOp};

/// An expression that gives a number.
pub(crate) enum Amount {
    /// Made of literals and operators only, so that its type is ours to choose.
    Literal(Expr),
    Typed(Expr),
}

impl Amount {
    pub(super) fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let rest: TokenStream = input.fork().parse()?;
        let expr: Expr = input.parse().map_err(|error| {
            if error.to_string().starts_with("unexpected end of input") {
                return Error::new_spanned(
                    rest,
                    "this expression breaks off\nhelp: finish it, or write a number such as `0`",
                );
            }
            error
        })?;
        if let Some(what) = never_an_amount(&expr) {
            return Err(Error::new_spanned(
                &expr,
                format!(
                    "a budget is a whole number, not {what}\nhelp: write an unsigned integer, such as `0`"
                ),
            ));
        }
        Ok(if is_literal(&expr) { Self::Literal(expr) } else { Self::Typed(expr) })
    }

    /// What makes a number of it: a call, in a block, so that the expression's temporaries end
    /// before the scope begins.
    pub(crate) fn convert(&self, support: &TokenStream) -> TokenStream {
        self.convert_with("amount", support)
    }

    /// As [`Amount::convert`], for a number of calls or a condition.
    pub(crate) fn convert_warmup(&self, support: &TokenStream) -> TokenStream {
        self.convert_with("warmup", support)
    }

    fn convert_with(&self, function: &str, support: &TokenStream) -> TokenStream {
        let (convert, expr) = match self {
            // Needs none, and with the macro's span no lint on how to write it.
            Self::Literal(Expr::Lit(ExprLit { lit: Lit::Int(int), .. })) => {
                let mut int = int.token();
                int.set_span(Span::mixed_site().located_at(int.span()));
                return int.to_token_stream();
            }
            Self::Literal(expr) => ("literal", expr),
            Self::Typed(expr) => (function, expr),
        };
        let convert = Ident::new(convert, Span::mixed_site());
        quote_spanned! {Span::mixed_site()=> { #support::#convert(#expr) } }
    }

    pub(super) fn expr(&self) -> &Expr {
        let (Self::Literal(expr) | Self::Typed(expr)) = self;
        expr
    }

    /// The number that is written, where it is nothing else.
    pub(super) fn literal(&self) -> Option<u64> {
        match self.expr() {
            Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
            _ => None,
        }
    }

    /// Whether it names something, which would count as unused if the expression went away.
    pub(crate) fn names_something(&self) -> bool {
        !matches!(self, Self::Literal(Expr::Lit(_)))
    }
}

/// What a literal is, where it can't be a budget.
fn never_an_amount(expr: &Expr) -> Option<&'static str> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Int(int) => {
                let too_large = int.suffix().is_empty() && int.base10_parse::<u64>().is_err();
                too_large.then_some("one of more than 64 bits")
            }
            Lit::Float(_) => Some("a fraction"),
            Lit::Str(_) | Lit::ByteStr(_) | Lit::CStr(_) => Some("a string"),
            Lit::Bool(_) => Some("a truth value"),
            Lit::Char(_) | Lit::Byte(_) => Some("a character"),
            _ => None,
        },
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if is_literal(expr) => Some("a negative one"),
        Expr::Paren(paren) => never_an_amount(&paren.expr),
        Expr::Group(group) => never_an_amount(&group.expr),
        _ => None,
    }
}

/// Whether the type of an expression is decided by nothing in it.
fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.suffix().is_empty(),
        Expr::Paren(paren) => is_literal(&paren.expr),
        Expr::Group(group) => is_literal(&group.expr),
        Expr::Unary(unary) => is_literal(&unary.expr),
        Expr::Binary(binary) => is_literal(&binary.left) && is_literal(&binary.right),
        Expr::Block(block) => is_literal_block(&block.block),
        Expr::If(choice) => {
            is_literal_block(&choice.then_branch)
                && choice.else_branch.as_ref().is_some_and(|(_, otherwise)| is_literal(otherwise))
        }
        Expr::Match(choice) => choice.arms.iter().all(|arm| is_literal(&arm.body)),
        _ => false,
    }
}

fn is_literal_block(block: &syn::Block) -> bool {
    matches!(&*block.stmts, [syn::Stmt::Expr(expr, None)] if is_literal(expr))
}
