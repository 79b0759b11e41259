//! All functions and blocks of a file that may have a budget, found by its tokens: also those that
//! a macro is given, which no syntax tree shows.

use std::ops::Range;
use std::rc::Rc;

use anyhow::Result;
use proc_macro2::{Delimiter, TokenTree};

use crate::report::budget::Kind;
use crate::source::args::Args;
use crate::source::attributes::{Attribute, Attributes, Names};
use crate::source::text::{Place, Text};
use crate::source::tokens::{attributes, body, group, head, inside, is_punct, is_word, path, word};

/// A function with a body, or a `budget!`.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Item {
    pub kind: Kind,
    /// The function's, or that of the function that the block is in.
    pub name: String,
    /// Modules, types and functions around it, and its name.
    pub path: Vec<String>,
    /// Of its first token behind its attributes: what the macro calls its place.
    pub place: Place,
    /// The line of its name.
    pub name_line: u32,
    /// The line that its last token ends in.
    pub last_line: u32,
    /// Its budgets, or those of what is around it.
    pub budgets: Rc<Vec<Attribute>>,
    /// `impl`, `trait` or `mod`, where the budget is that one's.
    pub container: Option<&'static str>,
    /// The macro that it is given to, or whose definition it is in.
    pub macro_name: Option<String>,
    /// The `cfg`s of itself and of what is around it.
    pub conditions: Vec<String>,
    pub is_const: bool,
    /// Whether its body is, so that there is nothing to measure.
    pub is_empty: bool,
    /// Whether it is a test, or in one.
    pub is_test: bool,
    pub is_public: bool,
    /// The trait whose implementation it is in.
    pub of_trait: Option<String>,
    /// The last names of its attributes' paths.
    pub attributes: Vec<String>,
}

/// `mod name;`, or an `include!`.
#[derive(Debug)]
pub struct Other {
    /// The module's; `None` of an `include!`.
    pub name: Option<String>,
    /// `#[path = "…"]`, or the included file's.
    pub file: Option<String>,
    /// The modules inside the file that it is in, and the folders of those.
    pub modules: Vec<String>,
    pub folders: Vec<String>,
    pub conditions: Vec<String>,
}

/// What a file has.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    pub(super) others: Vec<Other>,
}

impl Found {
    /// # Errors
    /// The file is no Rust.
    pub(super) fn in_file(text: &Text) -> Result<Self> {
        let tokens = text.tokens()?;
        let names = Names::of(&tokens);
        let mut walker = Walker { text, names, found: Self::default() };
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let conditions = walker.inner_conditions(&tokens);
        walker.level(&tokens, &Scope { conditions, ..Scope::default() });
        Ok(walker.found)
    }
}

/// What is around a level of tokens.
#[derive(Clone, Default)]
struct Scope {
    path: Vec<String>,
    folders: Vec<String>,
    function: String,
    /// What gives its budget to each function in it.
    container: Option<(&'static str, Rc<Vec<Attribute>>)>,
    macro_name: Option<String>,
    conditions: Vec<String>,
    is_test: bool,
    of_trait: Option<String>,
}

struct Walker<'a> {
    text: &'a Text,
    names: Names,
    found: Found,
}

impl Walker<'_> {
    fn level(&mut self, tokens: &[TokenTree], scope: &Scope) {
        let mut at = 0;
        while at < tokens.len() {
            at += self.one(tokens, at, scope);
        }
    }

    /// How many tokens it is.
    fn one(&mut self, tokens: &[TokenTree], at: usize, scope: &Scope) -> usize {
        match &tokens[at..] {
            [pound, bracket, ..] if is_punct(pound, '#') && group(bracket, Delimiter::Bracket).is_some() => 2,
            [pound, bang, bracket, ..]
                if is_punct(pound, '#')
                    && is_punct(bang, '!')
                    && group(bracket, Delimiter::Bracket).is_some() =>
            {
                3
            }
            [keyword, name, ..] if is_word(keyword, "fn") && word(name).is_some() => {
                self.function(tokens, at, scope)
            }
            [keyword, ..] if container(keyword).is_some() && begins_item(tokens, at) => {
                self.container(tokens, at, scope)
            }
            [name, bang, rest @ ..] if word(name).is_some() && is_punct(bang, '!') => {
                self.macro_call(tokens, at, rest, scope)
            }
            [TokenTree::Group(group), ..] => {
                self.level(&inside(group), scope);
                1
            }
            _ => 1,
        }
    }

    fn function(&mut self, tokens: &[TokenTree], at: usize, scope: &Scope) -> usize {
        let name = word(&tokens[at + 1]).unwrap_or_default();
        let Some(end) = body(tokens, at + 1) else { return 2 };
        let start = head(tokens, at);
        let attributes = Attributes::of(attributes(tokens, start), &self.names, self.text);
        let mut inner = Scope {
            path: [&*scope.path, std::slice::from_ref(&name)].concat(),
            function: name.clone(),
            container: None,
            is_test: scope.is_test || attributes.is_test,
            of_trait: None,
            ..scope.clone()
        };
        inner.conditions.extend(attributes.conditions);
        let (container, budgets) = match &scope.container {
            Some((keyword, budgets)) if attributes.budgets.is_empty() => (Some(*keyword), budgets.clone()),
            _ => (None, Rc::new(attributes.budgets)),
        };
        self.found.items.push(Item {
            kind: Kind::Function,
            name,
            path: inner.path.clone(),
            place: self.place(&tokens[start]),
            name_line: self.place(&tokens[at + 1]).line,
            last_line: self.last_line(&tokens[end]),
            budgets,
            container,
            macro_name: scope.macro_name.clone(),
            conditions: inner.conditions.clone(),
            is_const: tokens[start..at].iter().any(|token| is_word(token, "const")),
            is_empty: matches!(&tokens[end], TokenTree::Group(body) if body.stream().is_empty()),
            is_test: inner.is_test,
            is_public: is_public(&tokens[start..at]),
            of_trait: scope.of_trait.clone(),
            attributes: attributes.names,
        });
        self.level(&tokens[at + 2..end], &inner);
        self.braces(&tokens[end], &inner);
        end + 1 - at
    }

    fn container(&mut self, tokens: &[TokenTree], at: usize, scope: &Scope) -> usize {
        let Some(keyword) = container(&tokens[at]) else { return 1 };
        let start = head(tokens, at);
        let attributes = Attributes::of(attributes(tokens, start), &self.names, self.text);
        let name = tokens.get(at + 1).and_then(word).unwrap_or_default();
        let conditions = [&*scope.conditions, &*attributes.conditions].concat();
        if let ("mod", Some(end)) = (keyword, tokens.get(at + 2))
            && is_punct(end, ';')
        {
            let (modules, folders) = (scope.path.clone(), scope.folders.clone());
            self.found.others.push(Other {
                name: Some(name),
                file: attributes.path,
                modules,
                folders,
                conditions,
            });
            return 3;
        }
        let Some(end) = body(tokens, at) else { return 1 };
        let mut inner = Scope { conditions, container: None, ..scope.clone() };
        self.level(&tokens[at + 1..end], &inner);
        inner.container.clone_from(&scope.container);
        match keyword {
            "mod" => {
                inner.folders.push(attributes.path.unwrap_or_else(|| name.clone()));
                inner.path.push(name);
            }
            "trait" => inner.path.push(name),
            _ => {
                let implemented = Implemented::of(&tokens[at + 1..end], self.text);
                inner.path.extend(implemented.name().cloned());
                inner.of_trait = implemented.of_trait;
            }
        }
        if !attributes.budgets.is_empty() {
            inner.container = Some((keyword, Rc::new(attributes.budgets)));
        }
        self.braces(&tokens[end], &inner);
        end + 1 - at
    }

    /// `name!(…)`, or `macro_rules! name { … }`, of which `rest` is behind the `!`.
    fn macro_call(&mut self, tokens: &[TokenTree], at: usize, rest: &[TokenTree], scope: &Scope) -> usize {
        let name = word(&tokens[at]).unwrap_or_default();
        let (length, call) = match rest {
            [TokenTree::Group(call), ..] => (3, call),
            [defined, TokenTree::Group(call), ..] if name == "macro_rules" && word(defined).is_some() => {
                (4, call)
            }
            _ => return 2,
        };
        let tokens_inside = inside(call);
        if self.names.is_block(&name)
            && let Some(args) = self.block(&tokens_inside)
        {
            let start = path(tokens, at);
            self.found.items.push(Item {
                kind: Kind::Block,
                name: scope.function.clone(),
                path: scope.path.clone(),
                place: self.place(&tokens[start]),
                name_line: self.place(&tokens[at]).line,
                last_line: self.last_line(&tokens[at + 2]),
                budgets: Rc::new(vec![Attribute {
                    args: Ok(args),
                    condition: None,
                    range: self.range(&tokens[start]).start..self.range(&tokens[at + 2]).end,
                }]),
                container: None,
                macro_name: scope.macro_name.clone(),
                conditions: scope.conditions.clone(),
                is_const: false,
                is_empty: false,
                is_test: scope.is_test,
                is_public: false,
                of_trait: None,
                attributes: Vec::new(),
            });
            self.level(&tokens_inside, scope);
            return length;
        }
        if let ("include", [TokenTree::Literal(file)]) = (&*name, &*tokens_inside) {
            let file = syn::parse_str::<syn::LitStr>(&file.to_string()).ok().map(|file| file.value());
            let Scope { path: modules, folders, conditions, .. } = scope.clone();
            self.found.others.push(Other { name: None, file, modules, folders, conditions });
        }
        let macro_name = Some(scope.macro_name.clone().unwrap_or(name));
        self.level(&tokens_inside, &Scope { macro_name, container: None, ..scope.clone() });
        length
    }

    /// The arguments of a `budget!`: all but the block at its end.
    fn block(&self, tokens: &[TokenTree]) -> Option<Args> {
        let (block, before) = tokens.split_last()?;
        group(block, Delimiter::Brace)?;
        let (comma, args) = before.split_last()?;
        let args = Args::parse(args.iter().cloned().collect(), self.text).ok()?;
        (is_punct(comma, ',') && args.is_budget()).then_some(args)
    }

    /// What is between braces.
    fn braces(&mut self, token: &TokenTree, scope: &Scope) {
        let TokenTree::Group(group) = token else { return };
        let tokens = inside(group);
        let mut scope = scope.clone();
        scope.conditions.extend(self.inner_conditions(&tokens));
        self.level(&tokens, &scope);
    }

    /// `#![cfg(…)]`
    fn inner_conditions(&self, tokens: &[TokenTree]) -> Vec<String> {
        let (triples, _) = tokens.as_chunks::<3>();
        let is_inner = |[pound, bang, _]: &&[TokenTree; 3]| is_punct(pound, '#') && is_punct(bang, '!');
        let inner: Vec<TokenTree> =
            triples.iter().take_while(is_inner).map(|[.., attribute]| attribute.clone()).collect();
        Attributes::of(&inner, &self.names, self.text).conditions
    }

    fn place(&self, token: &TokenTree) -> Place {
        self.text.place(self.range(token).start)
    }

    fn last_line(&self, token: &TokenTree) -> u32 {
        self.text.place(self.range(token).end).line
    }

    fn range(&self, token: &TokenTree) -> Range<usize> {
        self.text.range(token.span())
    }
}

fn container(token: &TokenTree) -> Option<&'static str> {
    ["impl", "trait", "mod"].into_iter().find(|keyword| is_word(token, keyword))
}

/// Whether it is no `impl` in a type.
fn begins_item(tokens: &[TokenTree], at: usize) -> bool {
    match &tokens[..head(tokens, at)] {
        [] => true,
        [.., TokenTree::Group(group)] => group.delimiter() != Delimiter::Parenthesis,
        [.., before] => is_punct(before, ';'),
    }
}

/// What an `impl` block is of.
#[derive(Default)]
struct Implemented {
    of_trait: Option<String>,
    of_type: Option<String>,
}

impl Implemented {
    fn of(head: &[TokenTree], text: &Text) -> Self {
        let mut depth = 0;
        let mut previous = ' ';
        let mut names: Vec<String> = Vec::new();
        let mut of_trait = None;
        for token in head {
            match token {
                TokenTree::Punct(punct) => {
                    match punct.as_char() {
                        '<' => depth += 1,
                        '>' if previous != '-' => depth -= 1,
                        _ => {}
                    }
                    previous = punct.as_char();
                    continue;
                }
                _ if depth > 0 => {}
                token if is_word(token, "where") => break,
                token if is_word(token, "for") => of_trait = std::mem::take(&mut names).pop(),
                TokenTree::Group(_) => names.push(text.get(text.range(token.span())).to_owned()),
                // A lifetime has one too.
                token if previous != '\'' => names.extend(word(token)),
                _ => {}
            }
            previous = ' ';
        }
        Self { of_trait, of_type: names.pop() }
    }

    /// What paths have of it. Of a blanket implementation the trait says more than `T`.
    fn name(&self) -> Option<&String> {
        let of_trait = self.of_trait.as_ref();
        self.of_type.as_ref().filter(|name| name.len() > 1 || of_trait.is_none()).or(of_trait)
    }
}

/// Whether nothing restricts who may use it.
fn is_public(head: &[TokenTree]) -> bool {
    matches!(head, [public, rest @ ..] if is_word(public, "pub") && rest.first().is_none_or(|next| group(next, Delimiter::Parenthesis).is_none()))
}
