//! Bodies that have no value at their end: they give one with `return`, if they give any.

use quote::ToTokens;
use syn::{Block, Expr, Macro, Stmt};

use crate::tokens::{any, is_word};

/// Whether this can be seen from what the block ends with.
pub(crate) fn is_without_value(block: &Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(expr, None)) => never_ends(expr),
        Some(Stmt::Macro(call)) => call.semi_token.is_some() || panics(&call.mac),
        _ => true,
    }
}

fn never_ends(expr: &Expr) -> bool {
    match expr {
        Expr::Return(_) => true,
        Expr::Loop(endless) => !any(&endless.body.to_token_stream(), &|token| is_word(token, "break")),
        Expr::Macro(call) => panics(&call.mac),
        Expr::Call(call) => exits(&call.func),
        Expr::Cast(cast) => never_ends(&cast.expr),
        Expr::Block(block) => block.label.is_none() && is_without_value(&block.block),
        Expr::Match(choice) => choice.arms.iter().all(|arm| never_ends(&arm.body)),
        Expr::If(choice) => {
            let otherwise = choice.else_branch.as_ref();
            is_without_value(&choice.then_branch)
                && otherwise.is_some_and(|(_, otherwise)| never_ends(otherwise))
        }
        _ => false,
    }
}

fn panics(call: &Macro) -> bool {
    let names = ["panic", "todo", "unimplemented", "unreachable"];
    call.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

fn exits(function: &Expr) -> bool {
    let Expr::Path(function) = function else { return false };
    let mut path = function.path.segments.iter().rev().map(|segment| &segment.ident);
    path.next().is_some_and(|last| last == "exit" || last == "abort")
        && path.next().is_some_and(|module| module == "process")
}
