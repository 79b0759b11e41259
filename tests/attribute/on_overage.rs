//! `on_overage`: a warning, a count, a panic or an abort.

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
fn warn_says_little_of_what_goes_on() {
    #[alloc_budget(max = 0, on_overage = warn)]
    fn warned() -> Vec<u8> {
        allocate()
    }

    let name = "on_overage::warn_says_little_of_what_goes_on";
    let Some(output) = output(name, &[], || (0..12_345).for_each(|_| drop(warned()))) else { return };
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("allocation budget exceeded: ").count(), 1, "{text}");
    let counts: Vec<_> =
        text.lines().filter_map(|line| line.split_once("was exceeded ")).map(|l| l.1).collect();
    assert_eq!(counts, ["10 times", "100 times", "1000 times", "10000 times"]);
}

#[test]
fn count_says_at_the_end_how_often() {
    #[alloc_budget(max = 0, on_overage = count)]
    fn counted<T>(value: T) {
        drop(std::hint::black_box(Box::new(value)));
    }

    let name = "on_overage::count_says_at_the_end_how_often";
    let count = || {
        let others = std::thread::spawn(|| (0..20).for_each(|_| counted(1_u64)));
        (0..22).for_each(|_| counted(1_u8));
        others.join().unwrap();
    };
    let Some(output) = output(name, &[], count) else { return };
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    let (_, said) = text.split_once("alloc-budget: these budgets were exceeded:\n").unwrap();
    let line = ": the allocation budget of `on_overage::count_says_at_the_end_how_often::counted` was exceeded 42 times\n";
    assert!(said.starts_with("  ") && said.ends_with(line) && said.lines().count() == 1, "{text}");
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
