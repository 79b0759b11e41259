//! A value that is forgotten.



fn decode(n: u32) -> u32 {
    n + 1;
}

fn main() {
    decode(1);
}
