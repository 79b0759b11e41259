//! A value that is gone.



fn decode(text: String) -> usize {
    drop(text);
    text.len()
}

fn main() {
    decode(String::new());
}
