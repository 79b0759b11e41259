//! A value of the wrong type.



fn decode(n: u32) -> u64 {
    let twice = n * 2;
    twice
}

fn main() {
    decode(1);
}
