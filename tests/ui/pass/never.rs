//! Functions that do not return, or not always.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn panics() -> ! {
    panic!("on purpose")
}

#[alloc_budget(max = 0)]
fn exits(code: i32) -> ! {
    std::process::exit(code);
}

#[alloc_budget(max = 0)]
fn spins() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

#[alloc_budget(max = 0)]
fn diverges_in_one_branch(n: u32) -> u32 {
    if n == 0 { panics() } else { n }
}

#[alloc_budget(max = 0)]
fn unfinished() -> impl Iterator<Item = u32> {
    todo!();
    #[allow(unreachable_code)]
    std::iter::empty()
}

fn main() {
    let _: fn() -> ! = spins;
    std::panic::set_hook(Box::new(|_| ()));
    for function in [|| panics(), || _ = diverges_in_one_branch(0), || _ = unfinished()] {
        let payload = std::panic::catch_unwind(function).unwrap_err();
        let message = payload.downcast::<&str>().expect("the body's own panic");
        assert!(*message == "on purpose" || *message == "not yet implemented");
    }
    assert_eq!(diverges_in_one_branch(1), 1);
    exits(0);
}
