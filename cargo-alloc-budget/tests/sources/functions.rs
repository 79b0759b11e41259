//! The functions of a file, as syn sees them.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{ImplItemFn, ItemFn, Signature, TraitItemFn};

pub(crate) struct Function {
    pub(crate) name: String,
    /// The byte of the file that the head begins at, behind the attributes.
    pub(crate) start: usize,
    pub(crate) is_const: bool,
}

/// In the order of the file. `None` where syn can't read it.
pub(crate) fn functions(text: &str) -> Option<Vec<Function>> {
    proc_macro2::extra::invalidate_current_thread_spans();
    let code = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tokens: TokenStream = code.parse().ok()?;
    let mut finder = Finder { found: Vec::new(), offset: text.len() - code.len() };
    finder.visit_file(&syn::parse2(tokens).ok()?);
    finder.found.sort_by_key(|function| function.start);
    Some(finder.found)
}

struct Finder {
    found: Vec<Function>,
    offset: usize,
}

impl Finder {
    fn add(&mut self, signature: &Signature, before: &[&dyn ToTokens]) {
        let mut tokens = TokenStream::new();
        before.iter().for_each(|part| part.to_tokens(&mut tokens));
        signature.to_tokens(&mut tokens);
        let first = tokens.into_iter().next().as_ref().map(TokenTree::span).expect("`fn` at least");
        let Range { start, .. } = first.byte_range();
        let name = signature.ident.to_string();
        self.found.push(Function {
            name: name.strip_prefix("r#").unwrap_or(&name).to_owned(),
            start: start + self.offset,
            is_const: signature.constness.is_some(),
        });
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.add(&item.sig, &[&item.vis]);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.add(&item.sig, &[&item.vis, &item.modifiers.defaultness]);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if item.default.is_some() {
            self.add(&item.sig, &[]);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
