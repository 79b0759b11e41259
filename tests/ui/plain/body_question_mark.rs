//! An error type that does not convert.



fn decode(text: &str) -> Result<u32, String> {
    let n: u32 = text.parse()?;
    Ok(n)
}

fn main() {
    let _ = decode("1");
}
