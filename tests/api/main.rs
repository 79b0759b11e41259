//! The public API is the committed one: `public.txt` beside this file lists it.
//!
//! `API=overwrite cargo test -p alloc-budget-tests --test api` writes the listing anew. Read the
//! difference: a line that is gone or has changed breaks somebody's code.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, ItemUse, TraitItem, Type, UseTree, Visibility};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../alloc-budget/src");
const LISTING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/api/public.txt");

#[test]
fn is_the_committed_one() {
    let mut api = Api::default();
    api.export(&parse(&Path::new(SOURCES).join("lib.rs")));
    for file in sources(Path::new(SOURCES)) {
        api.describe(parse(&file));
    }
    let found = api.listing();
    if env::var_os("API").is_some_and(|value| value == "overwrite") {
        fs::write(LISTING, &found).unwrap();
    }
    let known = fs::read_to_string(LISTING).unwrap_or_default();
    let only = |lines: &str, others: &str, sign: &str| -> String {
        let others: Vec<&str> = others.lines().collect();
        lines.lines().filter(|line| !others.contains(line)).flat_map(|line| [sign, line, "\n"]).collect()
    };
    let difference = only(&known, &found, "- ") + &only(&found, &known, "+ ");
    assert!(known == found, "the public API has changed (API=overwrite accepts it):\n{difference}");
}

fn parse(file: &Path) -> Vec<Item> {
    syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap().items
}

/// The files whose items may be exported. The inert door is not one of them.
fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("inert.rs") {
            files.push(path);
        }
    }
    files
}

/// Each exported name, the feature that it needs, and its lines.
#[derive(Default)]
struct Api {
    names: BTreeMap<String, (String, Vec<String>)>,
}

impl Api {
    /// Notes what the crate's root exports.
    fn export(&mut self, root: &[Item]) {
        for item in root {
            let Item::Use(ItemUse { vis: Visibility::Public(_), attrs, tree, .. }) = item else { continue };
            for name in leaves(tree) {
                self.names.insert(name, (kept(attrs), Vec::new()));
            }
        }
    }

    fn describe(&mut self, items: Vec<Item>) {
        for item in items {
            match item {
                Item::Mod(module) if kept(&module.attrs).is_empty() => {
                    self.describe(module.content.map(|(_, items)| items).unwrap_or_default());
                }
                Item::Impl(block) => self.describe_impl(block),
                _ => {
                    if let Some((name, line)) = declaration(item) {
                        self.note(&name, line);
                    }
                }
            }
        }
    }

    fn describe_impl(&mut self, mut block: ItemImpl) {
        if is_hidden(&block.attrs) {
            return;
        }
        block.attrs.clear();
        let items = std::mem::take(&mut block.items);
        let header = text(&block).trim_end_matches("{}").trim().trim_end_matches("{ }").trim().to_owned();
        if let Some((path, _)) = &block.trait_ {
            // Of a trait of ours for everybody, it is the trait that is described.
            let of = self_name(&block.self_ty).filter(|name| self.names.contains_key(name));
            let name = of.or_else(|| Some(path.segments.last()?.ident.to_string()));
            if let Some(name) = name {
                self.note(&name, header);
            }
            return;
        }
        let Some(name) = self_name(&block.self_ty) else { return };
        for item in &items {
            let line = match item {
                ImplItem::Fn(function) if is_public(&function.vis, &function.attrs) => text(&function.sig),
                ImplItem::Const(constant) if is_public(&constant.vis, &constant.attrs) => {
                    format!("const {}: {}", constant.ident, text(&constant.ty))
                }
                _ => continue,
            };
            self.note(&name, format!("{header} {{ pub {line} }}"));
        }
    }

    fn note(&mut self, name: &str, line: String) {
        if let Some((_, lines)) = self.names.get_mut(name) {
            lines.push(line);
        }
    }

    fn listing(self) -> String {
        let mut listing = String::new();
        for (name, (feature, mut lines)) in self.names {
            lines.sort();
            listing.extend(["\n# ", format!("{name} {feature}").trim_end(), "\n"]);
            listing.extend(lines.into_iter().map(|line| line + "\n"));
        }
        listing.trim_start().to_owned()
    }
}

fn leaves(tree: &UseTree) -> Vec<String> {
    match tree {
        UseTree::Path(path) => leaves(&path.tree),
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        UseTree::Name(name) => vec![name.ident.to_string()],
        UseTree::Rename(rename) => vec![rename.rename.to_string()],
        UseTree::Glob(_) => panic!("a glob hides what is exported"),
    }
}

/// A public item by its name, without what its users don't see.
fn declaration(item: Item) -> Option<(String, String)> {
    let (name, attrs, line) = match item {
        Item::Fn(item) if is_public(&item.vis, &item.attrs) => {
            (item.sig.ident.to_string(), item.attrs, format!("pub {}", text(&item.sig)))
        }
        Item::Struct(mut item) if is_public(&item.vis, &item.attrs) => {
            let attrs = std::mem::take(&mut item.attrs);
            item.fields = without_private(item.fields);
            (item.ident.to_string(), attrs, text(&item))
        }
        Item::Enum(mut item) if is_public(&item.vis, &item.attrs) => {
            let attrs = std::mem::take(&mut item.attrs);
            item.variants.iter_mut().for_each(|variant| variant.attrs = without_docs(&mut variant.attrs));
            (item.ident.to_string(), attrs, text(&item))
        }
        Item::Trait(mut item) if is_public(&item.vis, &item.attrs) => {
            let attrs = std::mem::take(&mut item.attrs);
            for item in &mut item.items {
                if let TraitItem::Fn(function) = item {
                    function.attrs = without_docs(&mut function.attrs);
                    function.default = function.default.take().map(|_| syn::parse_quote!({}));
                }
            }
            (item.ident.to_string(), attrs, text(&item))
        }
        _ => return None,
    };
    Some((name, format!("{} {line}", kept(&attrs)).trim_start().to_owned()))
}

fn without_docs(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    std::mem::take(attrs).into_iter().filter(|attribute| !attribute.path().is_ident("doc")).collect()
}

fn without_private(fields: Fields) -> Fields {
    let Fields::Named(mut fields) = fields else { return Fields::Unit };
    let public =
        std::mem::take(&mut fields.named).into_iter().filter(|field| is_public(&field.vis, &field.attrs));
    fields.named = public
        .map(|mut field| {
            field.attrs = without_docs(&mut field.attrs);
            field
        })
        .collect();
    Fields::Named(fields)
}

fn self_name(of: &Type) -> Option<String> {
    let Type::Path(path) = of else { return None };
    Some(path.path.segments.last()?.ident.to_string())
}

fn is_public(visibility: &Visibility, attrs: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attrs)
}

fn is_hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attribute| text(attribute).contains("doc(hidden)"))
}

/// The attributes that change what users can do.
fn kept(attrs: &[Attribute]) -> String {
    let words = ["cfg", "derive", "non_exhaustive", "must_use", "track_caller"];
    let is_kept = |attribute: &&Attribute| words.iter().any(|word| attribute.path().is_ident(word));
    attrs.iter().filter(is_kept).map(text).collect::<Vec<_>>().join(" ")
}

/// Tokens on one line, with the usual spaces.
fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, usual) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ,", ","),
        (" ;", ";"),
        (" :", ":"),
        (" ?", "?"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        ("# [", "#["),
        (" ]", "]"),
        ("-> ", "-> "),
        ("->(", "-> ("),
        ("->", " ->"),
        ("  ->", " ->"),
        (" - >", " ->"),
    ] {
        text = text.replace(spaced, usual);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
