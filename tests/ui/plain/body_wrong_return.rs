//! An early return of the wrong type.



fn decode(n: u32) -> u32 {
    if n == 0 {
        return "empty";
    }
    n
}

fn main() {
    decode(1);
}
