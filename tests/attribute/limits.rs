//! Each limit, and all of them together.

use std::hint::black_box;

use alloc_budget::alloc_budget;
use support::catch;

fn work() -> Vec<u8> {
    let mut grown: Vec<u8> = black_box(Vec::with_capacity(10));
    grown.reserve_exact(20);
    black_box(&grown);
    black_box(vec![1; 5])
}

macro_rules! limit {
    ($argument:ident, $quantity:literal, $value:literal) => {
        #[test]
        fn $argument() {
            #[alloc_budget($argument = limit)]
            fn limited(limit: u64) -> Vec<u8> {
                work()
            }

            assert_eq!(catch(|| limited($value)).unwrap().len(), 5);
            let message = catch(|| limited($value - 1)).unwrap_err().message;
            let numbers = format!("{}   {} of {}", $quantity, $value, $value - 1);
            assert!(message.contains(&numbers), "{message}");
            assert!(message.contains(concat!(stringify!($argument), " = ", $value)), "{message}");
        }
    };
}

limit!(max, "allocations", 3);
limit!(max_bytes, "bytes", 35);
limit!(max_peak_bytes, "peak bytes", 25);
limit!(max_retained_bytes, "retained bytes", 5);
limit!(max_reallocs, "reallocations", 1);
limit!(max_deallocs, "deallocations", 2);

/// A scope takes the place of the one before.
#[test]
fn are_not_those_of_the_function_before() {
    #[alloc_budget(max = 0)]
    fn before() -> u32 {
        1
    }
    #[alloc_budget(max_bytes = 0)]
    fn limited() -> Vec<u8> {
        black_box(vec![1])
    }

    assert_eq!(before(), 1);
    let message = catch(limited).unwrap_err().message;
    assert!(message.contains("  allocations   1      bytes   1 of 0\n"), "{message}");
}

#[test]
fn together() {
    #[alloc_budget(
        max = 3,
        max_bytes = 35,
        max_peak_bytes = 25,
        max_retained_bytes = 5,
        max_reallocs = 1,
        max_deallocs = deallocations
    )]
    fn limited(deallocations: u8) -> Vec<u8> {
        work()
    }

    catch(|| limited(2)).unwrap();
    let message = catch(|| limited(1)).unwrap_err().message;
    assert_eq!(message.matches(" of ").count(), 1, "{message}");
}
