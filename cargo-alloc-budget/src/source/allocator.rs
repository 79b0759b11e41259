//! The allocator that a program has of its own: `#[global_allocator] static NAME: TYPE = VALUE;`

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::file::File;
use crate::source::text::Text;
use crate::source::tokens::{group, inside, is_punct, is_word};

/// Its type and its value, in the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocator {
    kind: Range<usize>,
    value: Range<usize>,
}

impl Allocator {
    /// That of a file, where it has one that no macro makes.
    pub fn of(file: &File) -> Option<Self> {
        // Most files need not be taken apart again.
        let is_named = file.text.as_str().contains("global_allocator");
        is_named.then(|| file.text.tokens().ok()).flatten().and_then(|tokens| find(tokens, &file.text))
    }

    /// The file's text with the counting allocator around it. `runtime` is what the package calls
    /// the runtime.
    pub fn wrap(&self, text: &str, runtime: &str) -> String {
        let Self { kind, value } = self;
        let counting = format!("::{runtime}::CountingAllocator");
        let (before, between, behind) =
            (&text[..kind.start], &text[kind.end..value.start], &text[value.end..]);
        let (kind, value) = (&text[kind.clone()], &text[value.clone()]);
        format!("{before}{counting}<{kind}>{between}{counting}::new({value}){behind}")
    }
}

fn find(tokens: TokenStream, text: &Text) -> Option<Allocator> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let marked = tokens.iter().position(|token| {
        group(token, Delimiter::Bracket)
            .is_some_and(|attribute| inside(attribute).iter().any(|token| is_word(token, "global_allocator")))
    });
    let Some(marked) = marked else {
        return tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => find(group.stream(), text),
            _ => None,
        });
    };
    let behind = &tokens[marked..];
    let at = |punct: char| behind.iter().position(|token| is_punct(token, punct));
    let (colon, equals, end) = (at(':')?, at('=')?, at(';')?);
    let range = |tokens: &[TokenTree]| {
        let [first, ..] = tokens else { return None };
        Some(text.range(first.span()).start..text.range(tokens[tokens.len() - 1].span()).end)
    };
    Some(Allocator {
        kind: range(behind.get(colon + 1..equals)?)?,
        value: range(behind.get(equals + 1..end)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::Allocator;
    use crate::source::file::File;

    #[test]
    fn is_wrapped() {
        for (text, expected) in [
            (
                "use m::A;\n#[cfg(x)]\n#[global_allocator]\npub(crate) static GLOBAL: m::A<u8> = m::A::<u8>::new(1, \"é\");\nfn f() {}",
                "use m::A;\n#[cfg(x)]\n#[global_allocator]\npub(crate) static GLOBAL: ::c::CountingAllocator<m::A<u8>> = ::c::CountingAllocator::new(m::A::<u8>::new(1, \"é\"));\nfn f() {}",
            ),
            (
                "\u{feff}mod inner { #[global_allocator] static A: Jemalloc = Jemalloc; }",
                "\u{feff}mod inner { #[global_allocator] static A: ::c::CountingAllocator<Jemalloc> = ::c::CountingAllocator::new(Jemalloc); }",
            ),
        ] {
            let file = File::new(text.into()).unwrap();
            assert_eq!(Allocator::of(&file).unwrap().wrap(text, "c"), expected);
        }
        let none = File::new("// #[global_allocator]\nfn f() {}".into()).unwrap();
        assert_eq!(Allocator::of(&none), None);
    }
}
