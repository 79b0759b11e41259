//! A name that is nowhere.



fn decode() -> u32 {
    decoded
}

fn main() {
    decode();
}
