//! Prints the verdict on every function of a file whose name begins so:
//! `verdicts FILE [PREFIX].. [-v] [--free] [--table]`.

use alloc_budget_prove::{Finding, Options, Promise, Subject};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (options, mut names): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    let has = |option: &str| options.iter().any(|given| given == option);
    let bytes = std::fs::read(names.remove(0))?;
    let promise = if has("--free") { Promise::NoDeallocation } else { Promise::NoAllocation };
    let is_asked = |name: &str| {
        let last = name.rsplit("::").find(|part| !part.starts_with('{')).unwrap_or(name);
        names.is_empty() || names.iter().any(|prefix| last.starts_with(prefix.as_str()))
    };
    let subjects: Vec<Subject> = alloc_budget_prove::functions(&bytes)?
        .into_iter()
        .filter(|(name, _)| is_asked(name))
        .map(|(name, address)| Subject { name, address: Some(address), promise, assume: Vec::new() })
        .collect();
    let proof = alloc_budget_prove::prove(&bytes, &subjects, &Options::default())?;
    for finding in &proof.findings {
        if has("--table") {
            let address = finding.subject.address.unwrap_or_default();
            println!("{address:x}\t{}\t{}", finding.verdict, finding.subject.name);
            continue;
        }
        println!("{:<16} {}", finding.verdict, finding.subject.name);
        if has("-v") {
            show(finding);
        }
    }
    println!("{:?}", proof.seen);
    Ok(())
}

fn show(finding: &Finding) {
    for link in &finding.chain {
        println!("    {:#x} {}", link.address, link.function.as_deref().unwrap_or("?"));
        for place in &link.places {
            println!("        {}:{}:{}", place.file, place.line, place.column);
        }
    }
    if let Some(cause) = &finding.cause {
        println!("    => {cause} (and {} more)", finding.more_causes);
    }
}
