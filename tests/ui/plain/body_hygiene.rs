//! The names in the expansion are not the body's.



fn decode() {
    drop(_guard);
}

fn main() {
    decode();
}
