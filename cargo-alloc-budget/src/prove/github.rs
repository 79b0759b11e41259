//! A proof as GitHub's annotations.

use std::io::Write;
use std::path::Path;

use anyhow::Result;

use super::proof::Proof;
use super::text::{chain, help, title};
use crate::format::annotations::{Annotation, write_all};

pub(crate) fn write(proof: &Proof, out: &mut dyn Write) -> Result<()> {
    let refused = proof.promises.iter().filter(|promise| !promise.is_accepted);
    let annotations: Vec<Annotation> = refused
        .map(|promise| {
            let mut lines = chain(promise, Path::new(""));
            lines.push(format!("help: {}", help(promise)));
            Annotation {
                file: promise.file.clone(),
                line: promise.line,
                title: title(promise),
                text: lines.join("\n"),
            }
        })
        .collect();
    write_all("error", &annotations, "`cargo alloc-budget prove` shows them", out)
}
