//! A first use is not judged, and here nothing is.
use alloc_budget::alloc_budget;

#[alloc_budget(measure, prime = decode())]
fn decode() {
    println!("decodes");
}

fn main() {
    decode();
}
