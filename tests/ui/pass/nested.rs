//! Functions inside functions, methods, blocks and closures, each with a budget of its own.
use alloc_budget::{alloc_budget, records};

#[alloc_budget(max = 2)]
fn outer(n: u32) -> Vec<u32> {
    #[alloc_budget(max = 1)]
    fn inner(n: u32) -> Vec<u32> {
        #[alloc_budget(max = 0)]
        fn innermost(n: u32) -> u32 {
            n + 1
        }

        vec![innermost(n)]
    }

    struct Local(u32);

    impl Local {
        #[alloc_budget(max = 1)]
        fn values(&self) -> Vec<u32> {
            vec![self.0]
        }
    }

    let mut values = Vec::new();
    values.append(&mut inner(n));
    assert_eq!(Local(n).values(), [n]);
    values
}

fn closures() -> Vec<u32> {
    let closure = |n| {
        #[alloc_budget(measure, name = "in a closure")]
        fn in_closure(n: u32) -> Vec<u32> {
            vec![n]
        }
        in_closure(n)
    };
    [1, 2].into_iter().flat_map(closure).collect()
}

#[alloc_budget(max = 0)]
fn recursive(n: u32) -> u32 {
    if n == 0 { 0 } else { 1 + recursive(n - 1) }
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    assert!(std::panic::catch_unwind(|| outer(1)).is_err(), "the outer one includes the inner ones");
    assert_eq!(closures(), [1, 2]);
    assert_eq!(records()[0].calls, 2);
    assert_eq!(recursive(100), 100);
}
