//! An error type that does not convert.



fn decode(text: &str) -> Result<u32, Failure> {
    let n: u32 = text.parse()?;
    Ok(n)
}

struct Failure;

fn main() {
    let _ = decode("1");
}
