//! The attributes of an item: its budgets, and under which conditions it is there.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::args::Args;
use crate::source::text::Text;
use crate::source::tokens::{group, inside, is_punct, is_word, word};

/// `#[alloc_budget(…)]`, or the same in a `cfg_attr`.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// An error where they are no arguments of a budget.
    pub args: Result<Args, String>,
    /// The condition of the `cfg_attr` that it is in.
    pub condition: Option<String>,
    /// From its path to its parentheses.
    pub range: Range<usize>,
}

/// What is said of an item in front of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes {
    pub(super) budgets: Vec<Attribute>,
    /// Those of its `cfg`s.
    pub(super) conditions: Vec<String>,
    pub(super) is_test: bool,
    /// `#[path = "…"]`
    pub(super) path: Option<String>,
    /// The last name of each one's path.
    pub(super) names: Vec<String>,
}

/// The names that `alloc_budget` and `budget` have in a file.
#[derive(Debug)]
pub(super) struct Names {
    attribute: BTreeSet<String>,
    block: BTreeSet<String>,
}

impl Names {
    /// With those that the `use`s of a file make.
    pub(super) fn of(tokens: &TokenStream) -> Self {
        let own = |name: &str| BTreeSet::from([name.to_owned()]);
        let mut names = Self { attribute: own("alloc_budget"), block: own("budget") };
        names.add(tokens);
        names
    }

    fn add(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        for renamed in tokens.windows(3).filter(|renamed| is_word(&renamed[1], "as")) {
            let Some(new) = word(&renamed[2]).filter(|new| new != "_") else { continue };
            if is_word(&renamed[0], "alloc_budget") {
                self.attribute.insert(new);
            } else if is_word(&renamed[0], "budget") {
                self.block.insert(new);
            }
        }
        for token in &tokens {
            if let TokenTree::Group(group) = token {
                self.add(&group.stream());
            }
        }
    }

    pub(super) fn is_block(&self, name: &str) -> bool {
        self.block.contains(name)
    }
}

impl Attributes {
    /// Of the pairs of `#` and brackets in front of an item.
    pub(super) fn of(tokens: &[TokenTree], names: &Names, text: &Text) -> Self {
        let mut attributes = Self::default();
        for bracket in tokens.iter().filter_map(|token| group(token, Delimiter::Bracket)) {
            attributes.add(&inside(bracket), None, names, text);
        }
        attributes
    }

    fn add(&mut self, tokens: &[TokenTree], condition: Option<&str>, names: &Names, text: &Text) {
        // `path::to::name`, and what is behind.
        let of_path = |token: &TokenTree| word(token).is_some() || is_punct(token, ':');
        let length = tokens.iter().take_while(|token| of_path(token)).count();
        let (path, behind) = tokens.split_at(length);
        let Some(name) = path.last().and_then(word) else { return };
        let arguments = behind.first().and_then(|token| group(token, Delimiter::Parenthesis));
        self.names.push(name.clone());
        match (&*name, arguments) {
            ("cfg", Some(arguments)) => self.conditions.push(written(&inside(arguments), text)),
            ("cfg_attr", Some(arguments)) => {
                let arguments = inside(arguments);
                let mut parts = arguments.split(|token| is_punct(token, ','));
                let own = parts.next().map(|part| written(part, text)).unwrap_or_default();
                let both = condition.map_or_else(|| own.clone(), |outer| format!("all({outer}, {own})"));
                for part in parts {
                    self.add(part, Some(&both), names, text);
                }
            }
            ("unsafe", Some(arguments)) => self.add(&inside(arguments), condition, names, text),
            ("test", _) => self.is_test = true,
            ("path", _) if condition.is_none() => self.path = string(behind),
            _ if names.attribute.contains(&name) => {
                let args = arguments.map_or_else(TokenStream::new, proc_macro2::Group::stream);
                self.budgets.push(Attribute {
                    args: Args::parse(args, text).map_err(|error| error.to_string()),
                    condition: condition.map(str::to_owned),
                    range: range(tokens, text),
                });
            }
            _ => {}
        }
    }
}

/// The value of `= "…"`.
fn string(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [equals, TokenTree::Literal(literal)] if is_punct(equals, '=') => {
            syn::parse_str::<syn::LitStr>(&literal.to_string()).ok().map(|string| string.value())
        }
        _ => None,
    }
}

fn range(tokens: &[TokenTree], text: &Text) -> Range<usize> {
    match tokens {
        [first, ..] => text.range(first.span()).start..text.range(tokens[tokens.len() - 1].span()).end,
        [] => 0..0,
    }
}

fn written(tokens: &[TokenTree], text: &Text) -> String {
    text.get(range(tokens, text)).to_owned()
}
