//! An early return of the wrong type.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(n: u32) -> Result<u32, String> {
    if n == 0 {
        return Err("empty");
    }
    Ok(n)
}

fn main() {
    let _ = decode(1);
}
