//! `prove`, `prove(assume = "…")`, `prove = skip`.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Token, parenthesized};

use crate::args::suggest::unknown;

/// What is said of a proof.
pub(crate) struct Prove {
    word: Ident,
    is_skipped: bool,
    /// Functions that are taken as clean.
    pub(crate) assume: Vec<LitStr>,
}

impl Prove {
    pub(super) fn parse(word: Ident, input: ParseStream<'_>) -> Result<Self, Error> {
        let mut prove = Self { word, is_skipped: false, assume: Vec::new() };
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            prove.is_skipped = skip(input)?;
        } else if input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            while !inside.is_empty() {
                prove.assume.push(assumption(&inside)?);
                if !inside.is_empty() {
                    inside.parse::<Token![,]>()?;
                }
            }
        }
        Ok(prove)
    }

    /// Whether there is to be a proof.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.is_skipped
    }

    /// `max` is the number that is written; `is_alone` where an overage has nothing to be about.
    pub(super) fn check(&self, max: Option<u64>, is_alone: bool) -> Result<(), Error> {
        let error = |message: &str| Err(Error::new(self.word.span(), message));
        if self.is_skipped {
            return Ok(());
        }
        if max.is_some_and(|max| max > 0) {
            return error(
                "`max` allows allocations, so there is nothing to prove\n\
                 help: write `max = 0`, or remove `prove`",
            );
        }
        if is_alone {
            return error(
                "a proof has no overages, so `on_overage` beside it has no effect\n\
                 help: remove `on_overage`, or add a limit, such as `max = 0`",
            );
        }
        Ok(())
    }
}

fn skip(input: ParseStream<'_>) -> Result<bool, Error> {
    let span = input.span();
    if input.peek(syn::Ident) && input.parse::<Ident>()? == "skip" {
        return Ok(true);
    }
    Err(Error::new(
        span,
        "`prove` can only be `skip`\n\
         help: write `prove` alone, or `prove = skip` where no proof is wanted",
    ))
}

fn assumption(input: ParseStream<'_>) -> Result<LitStr, Error> {
    let help = "help: write `prove(assume = \"path::Trait::method\")`";
    if !input.peek(syn::Ident) {
        return Err(Error::new(
            input.span(),
            format!("expected a function that the proof takes as clean\n{help}"),
        ));
    }
    let word: Ident = input.parse()?;
    if word != "assume" {
        return Err(unknown(&word, "argument", ["assume"].into_iter()));
    }
    if !input.peek(Token![=]) {
        return Err(Error::new(word.span(), format!("`assume` needs a value\n{help}")));
    }
    input.parse::<Token![=]>()?;
    let span = input.span();
    let path = input.peek(LitStr).then(|| input.parse::<LitStr>()).transpose()?;
    path.filter(|path| is_path(&path.value())).ok_or_else(|| {
        Error::new(
            span,
            format!("a function is assumed by its whole path, as a string: crate, modules, type or trait, name\n{help}"),
        )
    })
}

/// Whether it has the crate in front, and nothing but names.
fn is_path(path: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    path.contains("::") && path.split("::").all(is_name)
}
