//! Less than nothing, through a fragment.
use alloc_budget::alloc_budget;

macro_rules! limited {
    ($limit:expr) => {
        #[alloc_budget(max = $limit)]
        fn decode() {}
    };
}

limited!(-1);

fn main() {
    decode();
}
