//! The nearest of the words that were possible.

use syn::{Error, Ident};

/// The error for a word that is not one of the `known` ones, with the nearest of them.
pub(super) fn unknown<'a>(word: &Ident, what: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let text = word.to_string();
    let lower = text.to_lowercase();
    let intended = INTENDED.iter().find(|(given, _)| *given == lower).map(|(_, name)| (0, *name));
    let nearest = known
        .clone()
        .map(|name| (if name.starts_with(&lower) { 0 } else { distance(&lower, name) }, name))
        .chain(intended)
        .min()
        .filter(|(distance, name)| *distance <= name.len().max(text.len()) / 3 + 1);
    let help = match nearest {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("it can be {}", known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    Error::new(word.span(), format!("unknown {what} `{text}`\nhelp: {help}"))
}

/// What other tools, or one's memory, call the arguments.
const INTENDED: [(&str, &str); 5] = [
    ("allocs", "max"),
    ("allocations", "max"),
    ("max_allocs", "max"),
    ("max_allocations", "max"),
    ("max_frees", "max_deallocs"),
];

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[test]
fn distances_are_numbers_of_edits() {
    for (a, b, edits) in
        [("max", "max", 0), ("xmax", "max", 1), ("ax", "max", 1), ("kitten", "sitting", 3), ("", "max", 3)]
    {
        assert_eq!((distance(a, b), distance(b, a)), (edits, edits), "{a}, {b}");
    }
}
