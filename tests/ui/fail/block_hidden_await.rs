//! An `.await` that can't be seen.
use alloc_budget::budget;

async fn both() {
    budget!(max = 0, {
        futures::join!(async {}, async {});
    });
}

fn main() {
    let _ = both();
}
