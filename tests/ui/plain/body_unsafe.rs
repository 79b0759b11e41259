//! An unsafe call.



fn decode(text: &[u8]) -> &str {
    std::str::from_utf8_unchecked(text)
}

fn main() {
    decode(b"");
}
