//! Not a function, even where it makes one.
use alloc_budget::alloc_budget;

macro_rules! function {
    ($name:ident) => {
        fn $name() {}
    };
}

#[alloc_budget(max = 0)]
function!(decode);

fn main() {
    decode();
}
