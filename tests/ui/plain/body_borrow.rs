//! A local that does not live long enough.



fn decode<'a>() -> &'a str {
    let text = String::new();
    &text
}

fn main() {
    decode();
}
