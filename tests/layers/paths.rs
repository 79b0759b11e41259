//! The paths that a source file names: of `use` trees, of code, and of what macros are given.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, File, Item, ItemMod, ItemUse, Macro, Path, UseTree, Visibility};

/// A path as it is written, and the modules inside the file that it is written in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    pub(crate) within: Vec<String>,
}

/// What `file` names outside its unit tests, other than in comments.
pub(crate) fn named(file: &File) -> Vec<Named> {
    let mut finder = Finder::default();
    finder.visit_file(file);
    finder.found
}

#[derive(Default)]
struct Finder {
    within: Vec<String>,
    found: Vec<Named>,
}

impl Finder {
    fn add(&mut self, path: Vec<String>) {
        self.found.push(Named { path, within: self.within.clone() });
    }

    fn tree(&mut self, tree: &UseTree, path: &[String]) {
        let with = |word: String| [path, &[word]].concat();
        match tree {
            UseTree::Path(inner) => self.tree(&inner.tree, &with(inner.ident.to_string())),
            UseTree::Name(name) => self.add(with(name.ident.to_string())),
            UseTree::Rename(rename) => self.add(with(rename.ident.to_string())),
            UseTree::Glob(_) => self.add(path.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, path)),
        }
    }

    /// The paths in what a macro is given, which may be no Rust.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(word) if colons == 2 && !path.is_empty() => path.push(word.to_string()),
                TokenTree::Ident(word) => {
                    self.add_long(&mut path);
                    path.push(word.to_string());
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => {
                    self.add_long(&mut path);
                    self.tokens(group.stream());
                }
                _ => self.add_long(&mut path),
            }
            colons = 0;
        }
        self.add_long(&mut path);
    }

    fn add_long(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.add(path);
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        let (Item::Mod(ItemMod { attrs, .. })
        | Item::Fn(syn::ItemFn { attrs, .. })
        | Item::Use(ItemUse { attrs, .. })
        | Item::Impl(syn::ItemImpl { attrs, .. })) = item
        else {
            return visit::visit_item(self, item);
        };
        if !attrs.iter().any(is_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.within.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.within.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.add(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    /// `pub(crate)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    /// Documentation links wherever it is of use to a reader.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Whether it is `#[cfg(test)]`, or one that asks for more.
fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<TokenStream>().is_ok_and(|condition| {
            let condition = condition.to_string();
            condition == "test" || condition.starts_with("all (test")
        })
}
