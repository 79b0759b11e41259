//! A value that is still to be written.



fn decode() -> u32 {}

fn main() {
    decode();
}
