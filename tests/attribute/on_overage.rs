//! `on_overage`: a warning, a panic or an abort.

use alloc_budget::alloc_budget;
use support::output;

use super::allocate;

#[test]
fn warn_goes_on() {
    #[alloc_budget(max = 0, on_overage = warn)]
    fn warned() -> Vec<u8> {
        allocate()
    }
    #[alloc_budget(max = 0, on_overage = warn)]
    extern "C" fn warned_in_c() -> usize {
        allocate().len()
    }

    let warn = || assert_eq!((warned().len(), warned_in_c()), (1, 1));
    let Some(output) = output("on_overage::warn_goes_on", &[], warn) else { return };
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("allocation budget exceeded: ").count(), 2, "{text}");
    assert!(text.contains(&format!("{}:", file!())), "{text}");
}

#[test]
fn abort_ends_the_process() {
    #[alloc_budget(max = 0, on_overage = abort)]
    fn aborted() -> Vec<u8> {
        allocate()
    }

    let Some(output) = output("on_overage::abort_ends_the_process", &[], || drop(aborted())) else { return };
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.matches("allocation budget exceeded: ").count(), 1, "{text}");
}

#[test]
#[should_panic(expected = "allocation budget exceeded")]
fn panic_is_caught_by_should_panic() {
    #[alloc_budget(max = 0, on_overage = panic)]
    fn panicking() -> Vec<u8> {
        allocate()
    }
    drop(panicking());
}
