//! `allocation-counter`, which installs itself.

use std::hint::black_box;

use peers::Peer;

struct Measured;

impl Peer for Measured {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        let mut value = None;
        black_box(allocation_counter::measure(|| value = Some(f())));
        value.expect("it calls the closure")
    }
}

fn main() {
    peers::run::<Measured>();
}
