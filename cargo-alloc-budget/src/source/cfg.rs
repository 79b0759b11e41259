//! Whether a `cfg` holds, where that can be known from outside the compiler.

use std::collections::BTreeSet;
use std::process::Command;

use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, Meta, Token};

use crate::report::lane::Lane;

/// What is known of the `cfg`s of a run.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// As `rustc --print cfg` has them. Empty where it could not be asked.
    target: BTreeSet<String>,
    is_dev: bool,
}

/// Whether what has these conditions is there in tests only, on any target.
pub(crate) fn is_test_only(conditions: &[String]) -> bool {
    Known::default().is_test_only(conditions)
}

impl Known {
    pub(super) fn of(lane: &Lane) -> Self {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command.args(["--print", "cfg"]);
        if !lane.target.is_empty() {
            command.args(["--target", &lane.target]);
        }
        let printed = command.output().ok().filter(|output| output.status.success());
        let printed = printed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        Self {
            target: printed.unwrap_or_default().lines().map(str::to_owned).collect(),
            is_dev: matches!(&*lane.profile, "dev" | "test"),
        }
    }

    /// The first of the conditions that does not hold.
    pub(super) fn off<'a>(&self, conditions: &'a [String]) -> Option<&'a str> {
        conditions.iter().find(|condition| self.holds(condition, None) == Some(false)).map(String::as_str)
    }

    /// Whether it is there in tests only.
    pub(super) fn is_test_only(&self, conditions: &[String]) -> bool {
        let is = |condition: &String, test| self.holds(condition, test) == Some(false);
        conditions.iter().any(|condition| is(condition, Some(false)) && !is(condition, Some(true)))
    }

    /// `None` where it is not known.
    fn holds(&self, condition: &str, test: Option<bool>) -> Option<bool> {
        self.meta(&syn::parse_str(condition).ok()?, test)
    }

    fn meta(&self, meta: &Meta, test: Option<bool>) -> Option<bool> {
        let name = meta.path().get_ident().map(ToString::to_string)?;
        match meta {
            Meta::List(list) => {
                let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
                let mut inner = inner.iter().map(|meta| self.meta(meta, test));
                match &*name {
                    "not" => inner.next()?.map(|holds| !holds),
                    "all" => combined(inner, false),
                    "any" => combined(inner, true),
                    _ => None,
                }
            }
            Meta::Path(_) => match &*name {
                "test" => test,
                "true" => Some(true),
                "false" | "miri" | "doc" | "doctest" => Some(false),
                "unix" | "windows" => self.target(&name),
                "debug_assertions" if self.is_dev => Some(true),
                _ => None,
            },
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(value), .. })
                    if name.starts_with("target_") && name != "target_feature" =>
                {
                    self.target(&format!("{name}=\"{}\"", value.value()))
                }
                _ => None,
            },
        }
    }

    fn target(&self, line: &str) -> Option<bool> {
        (!self.target.is_empty()).then(|| self.target.contains(line))
    }
}

/// `any` where one that holds decides, `all` where one that does not.
fn combined(holds: impl Iterator<Item = Option<bool>>, decides: bool) -> Option<bool> {
    let mut result = Some(!decides);
    for one in holds {
        match one {
            Some(one) if one == decides => return Some(decides),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_said() {
        let target = ["unix", "target_os=\"linux\""].map(str::to_owned).into();
        let known = Known { target, is_dev: true };
        for (condition, holds) in [
            ("unix", Some(true)),
            ("windows", Some(false)),
            ("target_os = \"linux\"", Some(true)),
            ("not(target_os = \"linux\")", Some(false)),
            ("feature = \"x\"", None),
            ("all(windows, feature = \"x\")", Some(false)),
            ("all(unix, feature = \"x\")", None),
            ("any(unix, loom)", Some(true)),
            ("any(windows, loom)", None),
            ("any()", Some(false)),
            ("all()", Some(true)),
            ("not(loom)", None),
            ("debug_assertions", Some(true)),
            ("no sense", None),
        ] {
            assert_eq!(known.holds(condition, None), holds, "{condition}");
        }
        assert_eq!(Known::default().holds("windows", None), None, "nobody could be asked");
    }

    #[test]
    fn tests_are_told_apart() {
        let known = Known::default();
        let is = |condition: &str| known.is_test_only(&[condition.to_owned()]);
        assert!(is("test") && is("all(test, feature = \"x\")"));
        assert!(
            !is("any()") && !is("not(test)") && !is("any(test, feature = \"x\")") && !is("debug_assertions")
        );
    }
}
