//! Puts a budget on each function of the files that it is given: something to try `bless` and
//! `tighten` on. Only in a copy that you can lose.
//!
//! ```sh
//! cargo run --example annotate -- 0 $(git ls-files 'src/*.rs')
//! ```

use std::path::Path;

use anyhow::{Context, Result};
use cargo_alloc_budget::edit::change::{Change, changed};
use cargo_alloc_budget::report::budget::Kind;
use cargo_alloc_budget::source::file::File;
use cargo_alloc_budget::source::walk::Item;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let max: u64 = args.next().and_then(|max| max.parse().ok()).context("annotate NUMBER FILE…")?;
    let mut all = 0;
    for path in args {
        let file = File::read(Path::new(&path))?;
        let text = file.text.as_str();
        let changes: Vec<Change> = file
            .items
            .iter()
            .filter(|item| can_have_one(item, text))
            .map(|item| Change {
                range: item.place.offset..item.place.offset,
                old: String::new(),
                new: format!("#[alloc_budget::alloc_budget(max = {max})] "),
            })
            .collect();
        all += changes.len();
        std::fs::write(&path, changed(text, &changes)?)?;
    }
    println!("{all} functions have a budget");
    Ok(())
}

/// Not what runs at compile time or is called from elsewhere, what a macro may take apart, nor
/// tests.
fn can_have_one(item: &Item, text: &str) -> bool {
    let head = text[item.place.offset..].split('(').next().unwrap_or_default();
    item.kind == Kind::Function
        && item.budgets.is_empty()
        && item.macro_name.is_none()
        && !item.is_const
        && !item.is_empty
        && !item.is_test
        && !head.contains("extern")
}
