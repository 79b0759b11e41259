//! The grammar of the attribute's arguments.

pub(crate) mod amount;
mod prove;
mod suggest;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Ident, LitStr, Path, Token};

use crate::args::amount::Amount;
pub(crate) use crate::args::prove::Prove;
use crate::args::suggest::unknown;
use crate::fragments::bracketed_inside;
use crate::tokens::{any, ident};

/// The arguments that are limits: the names of the runtime's fields, in the order of its bits.
pub(crate) const LIMITS: [&str; 8] = [
    "max",
    "max_bytes",
    "max_peak_bytes",
    "max_retained_bytes",
    "max_reallocs",
    "max_deallocs",
    "max_block_bytes",
    "max_surviving_bytes",
];
const OTHERS: [&str; 10] =
    ["max_exempt", "measure", "threads", "warmup", "prime", "on_err", "on_overage", "name", "crate", "prove"];
const ACTIONS: [(&str, &str); 4] =
    [("panic", "Panic"), ("warn", "Warn"), ("count", "Count"), ("abort", "Abort")];

/// `skip`, alone: for a function whose `impl` block, module or trait has the budget.
pub(crate) fn is_skip(args: &TokenStream) -> bool {
    let mut tokens = args.clone().into_iter();
    let is_skip = matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "skip");
    is_skip && tokens.next().is_none()
}

/// What stands between the attribute's parentheses.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) limits: Vec<(Ident, Amount)>,
    /// Of allocations that `exempt` leaves out.
    pub(crate) max_exempt: Option<(Ident, Amount)>,
    pub(crate) measure: Option<Ident>,
    /// Measured on all threads.
    pub(crate) all_threads: bool,
    pub(crate) warmup: Option<Amount>,
    /// What is made ready before a thread's first call.
    pub(crate) prime: Option<Expr>,
    /// Calls that fail are not judged.
    pub(crate) on_err: Option<Ident>,
    /// The name of the runtime's variant.
    pub(crate) on_overage: Option<Ident>,
    pub(crate) name: Option<LitStr>,
    pub(crate) krate: Option<Path>,
    /// What is said of a proof.
    pub(crate) prove: Option<Prove>,
}

impl Args {
    /// Every mistake is reported, each once.
    pub(crate) fn parse(tokens: &TokenStream) -> Result<Self, Error> {
        // In brackets that end where the last of them is: so that is where an error at the end
        // points.
        let mut group = Group::new(Delimiter::Parenthesis, bracketed_inside(tokens.clone()));
        let last = tokens.clone().into_iter().last();
        group.set_span(last.map_or_else(Span::call_site, |last| last.span()));
        let inside = |input: ParseStream<'_>| {
            let content;
            syn::parenthesized!(content in input);
            Self::parse_all(&content)
        };
        inside.parse2(group.into_token_stream())?.check(tokens)
    }

    fn parse_all(input: ParseStream<'_>) -> Result<Self, Error> {
        if input.is_empty() {
            return Err(Error::new(
                Span::call_site(),
                "an allocation budget needs a limit\n\
                 help: `#[alloc_budget(max = 0)]` allows no allocation, `#[alloc_budget(measure)]` only counts",
            ));
        }
        let mut args = Self::default();
        let mut seen: Vec<String> = Vec::new();
        let mut errors: Option<Error> = None;
        while !input.is_empty() {
            let argument = args.parse_one(input, &mut seen).and_then(|()| {
                if input.is_empty() || input.peek(Token![,]) {
                    return Ok(());
                }
                Err(input.error("expected `,` between the budget's arguments"))
            });
            if let Err(error) = argument {
                match &mut errors {
                    Some(errors) => errors.combine(error),
                    None => errors = Some(error),
                }
                skip_argument(input);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        errors.map_or(Ok(args), Err)
    }

    fn parse_one(&mut self, input: ParseStream<'_>, seen: &mut Vec<String>) -> Result<(), Error> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(
                "expected an argument's name\n\
                 help: a budget is written `#[alloc_budget(max = 0)]`",
            ));
        }
        let name = input.call(Ident::parse_any)?;
        let text = name.to_string();
        if text == "skip" {
            return Err(Error::new(
                name.span(),
                "`skip` stands alone: it leaves a function without the budget of its `impl` block or module\n\
                 help: write `#[alloc_budget(skip)]`, or remove `skip`",
            ));
        }
        if !LIMITS.contains(&&*text) && !OTHERS.contains(&&*text) {
            return Err(unknown(&name, "argument", LIMITS.iter().chain(&OTHERS).copied()));
        }
        if seen.contains(&text) {
            return Err(Error::new(
                name.span(),
                format!("`{text}` is given twice\nhelp: remove one of them"),
            ));
        }
        seen.push(text.clone());
        if text == "measure" {
            if input.peek(Token![=]) || input.peek(syn::token::Paren) {
                return Err(Error::new(
                    name.span(),
                    "`measure` takes no value\nhelp: write `measure` alone, or `max = …` for a limit",
                ));
            }
            self.measure = Some(name);
            return Ok(());
        }
        if text == "prove" {
            self.prove = Some(Prove::parse(name, input)?);
            return Ok(());
        }
        value_follows(&name, input)?;
        match &*text {
            "max_exempt" => self.max_exempt = Some((name, Amount::parse(input)?)),
            "warmup" => self.warmup = Some(Amount::parse(input)?),
            "prime" => self.prime = Some(input.parse()?),
            "on_err" => self.on_err = Some(skipped(name, input)?),
            "on_overage" => self.on_overage = Some(action(input)?),
            "threads" => self.all_threads = all_threads(input)?,
            "name" => self.name = Some(label(input)?),
            "crate" => self.krate = Some(crate_path(input)?),
            _ => self.limits.push((name, Amount::parse(input)?)),
        }
        Ok(())
    }

    /// Whether an amount names something, which would count as unused if the guard went away.
    pub(crate) fn names_something(&self) -> bool {
        self.prime.is_some() || self.amounts().chain(&self.warmup).any(Amount::names_something)
    }

    /// Whether an expression has this name in it.
    pub(crate) fn names(&self, name: &Ident) -> bool {
        let has_name = |expr: &Expr| any(&expr.to_token_stream(), &|token| ident(token) == Some(name));
        self.amounts().chain(&self.warmup).map(Amount::expr).chain(&self.prime).any(has_name)
    }

    /// What each limit allows.
    pub(crate) fn amounts(&self) -> impl Iterator<Item = &Amount> {
        self.limits.iter().chain(&self.max_exempt).map(|(_, amount)| amount)
    }

    /// Whether it matters what the end of the function frees.
    pub(crate) fn limits_frees(&self) -> bool {
        const FREES: [&str; 3] = ["max_retained_bytes", "max_surviving_bytes", "max_deallocs"];
        let frees = |(limit, _): &(Ident, _)| FREES.iter().any(|known| limit == known);
        self.measure.is_some() || self.limits.iter().any(frees)
    }

    /// Whether there is nothing to do but to prove.
    pub(crate) fn is_only_proven(&self) -> bool {
        self.limits.is_empty() && self.max_exempt.is_none() && self.measure.is_none()
    }

    /// The limit, where it is written as a number.
    pub(crate) fn literal(&self, limit: &str) -> Option<u64> {
        self.limits.iter().find(|(known, _)| known == limit).and_then(|(_, amount)| amount.literal())
    }

    /// What no argument alone can know.
    fn check(self, tokens: &TokenStream) -> Result<Self, Error> {
        if let (Some((max_exempt, _)), true) = (&self.max_exempt, self.all_threads) {
            return Err(Error::new(
                max_exempt.span(),
                "a budget of all threads does not know what is exempted, so it can't limit that\n\
                 help: remove `max_exempt`, or `threads = all`",
            ));
        }
        if let Some(prove) = &self.prove {
            prove.check(self.literal("max"), self.is_only_proven() && self.on_overage.is_some())?;
        }
        let Some(measure) = &self.measure else {
            if self.is_only_proven() && !self.prove.as_ref().is_some_and(Prove::is_wanted) {
                return Err(Error::new_spanned(
                    tokens,
                    "this allocation budget has no limit\n\
                     help: add one, such as `max = 0`, or `measure` to only count",
                ));
            }
            return Ok(self);
        };
        let beside = |what: &str, help: &str| {
            Err(Error::new(
                measure.span(),
                format!("`measure` only counts, so {what} beside it has no effect\nhelp: {help}"),
            ))
        };
        if let Some((limit, _)) = self.limits.iter().chain(&self.max_exempt).next() {
            return beside(
                &format!("the limit `{limit}`"),
                &format!("remove `measure` to enforce the limit, or `{limit}` to only count"),
            );
        }
        if self.warmup.is_some() {
            return beside("`warmup`", "remove one of them");
        }
        if self.prime.is_some() {
            return beside("`prime`", "remove one of them");
        }
        if self.on_overage.is_some() {
            return beside("`on_overage`", "remove one of them");
        }
        Ok(self)
    }
}

fn value_follows(name: &Ident, input: ParseStream<'_>) -> Result<(), Error> {
    let example = match &*name.to_string() {
        "on_overage" => "on_overage = warn",
        "threads" => "threads = all",
        "name" => "name = \"decode\"",
        "crate" => "crate = my_alloc_budget",
        "warmup" => "warmup = 1",
        "prime" => "prime = LazyLock::force(&TABLE)",
        "on_err" => "on_err = skip",
        limit => &format!("{limit} = 0"),
    };
    let missing = |span| Error::new(span, format!("`{name}` needs a value\nhelp: write `{example}`"));
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        return Err(missing(name.span()));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(missing(name.span()));
    }
    Ok(())
}

/// Goes on behind an argument that was not understood.
fn skip_argument(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}

fn action(input: ParseStream<'_>) -> Result<Ident, Error> {
    let help = "help: write `on_overage = panic`, or one of the others";
    if !input.peek(Ident::peek_any) {
        return Err(Error::new(
            next_span(input),
            format!("`on_overage` is `panic`, `warn`, `count` or `abort`\n{help}"),
        ));
    }
    let action = input.call(Ident::parse_any)?;
    match ACTIONS.iter().find(|(name, _)| action == name) {
        Some((_, variant)) => Ok(Ident::new(variant, Span::mixed_site())),
        None => Err(unknown(&action, "action", ACTIONS.iter().map(|(name, _)| *name))),
    }
}

fn all_threads(input: ParseStream<'_>) -> Result<bool, Error> {
    let span = next_span(input);
    let is_all = input.peek(Ident::peek_any) && input.call(Ident::parse_any)? == "all";
    if is_all {
        return Ok(true);
    }
    Err(Error::new(
        span,
        "`threads` can only be `all`\n\
         help: write `threads = all`, or leave it out to count what the function's own thread does",
    ))
}

/// The argument's name, for its place.
fn skipped(name: Ident, input: ParseStream<'_>) -> Result<Ident, Error> {
    let span = next_span(input);
    if input.peek(Ident::peek_any) && input.call(Ident::parse_any)? == "skip" {
        return Ok(name);
    }
    Err(Error::new(
        span,
        "`on_err` can only be `skip`\n\
         help: write `on_err = skip`, or leave it out to judge calls that fail too",
    ))
}

fn label(input: ParseStream<'_>) -> Result<LitStr, Error> {
    if input.peek(LitStr) {
        return input.parse();
    }
    Err(Error::new(
        next_span(input),
        "a budget's name is a string literal\nhelp: put it in quotes: `name = \"decode\"`",
    ))
}

fn crate_path(input: ParseStream<'_>) -> Result<Path, Error> {
    let error = |span| {
        Error::new(
            span,
            "`crate` is the path of the alloc-budget crate\n\
             help: write the name that it has here: `crate = my_alloc_budget`",
        )
    };
    let span = next_span(input);
    let path = if input.peek(LitStr) {
        // Serde's way of writing it is understood too.
        input.parse::<LitStr>()?.parse_with(Path::parse_mod_style)
    } else {
        input.call(Path::parse_mod_style)
    };
    let is_type = |path: &Path| path.segments.iter().any(|segment| segment.ident == "Self");
    path.ok().filter(|path| !is_type(path)).ok_or_else(|| error(span))
}

/// Where the next token is; the end of the input where there is none.
fn next_span(input: ParseStream<'_>) -> Span {
    // The whole of a group, not only its opening bracket.
    input.fork().parse::<TokenTree>().map_or_else(|_| input.span(), |token| token.span())
}
