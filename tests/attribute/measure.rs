//! `measure` instead of a limit.

use std::hint::black_box;

use alloc_budget::{alloc_budget, records};

#[alloc_budget(measure, name = "of any size")]
fn sized(n: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(n))
}

#[alloc_budget(measure)]
fn unnamed() -> u32 {
    1
}

#[test]
fn records_every_call() {
    for n in [10, 1_000, 100] {
        sized(n);
    }
    unnamed();
    let records = records();
    let find = |name| records.iter().find(|record| record.name == name).unwrap();

    let sized = find("of any size");
    assert_eq!((sized.calls, sized.location.file()), (3, file!()));
    assert_eq!(sized.highest.allocations, 1);
    assert_eq!(sized.highest.bytes_allocated, 1_000);
    assert_eq!(sized.highest.peak_bytes, 1_000);
    assert_eq!(sized.highest.retained_bytes, 1_000);

    let unnamed = find("measure::unnamed");
    assert_eq!((unnamed.calls, unnamed.highest.allocations), (1, 0));
}

#[test]
fn its_records_count_nowhere() {
    #[alloc_budget(measure)]
    fn recorded() -> u32 {
        1
    }
    recorded();
    let ((), m) = alloc_budget::measure(|| {
        drop(black_box(records()));
        drop(black_box(vec![1_u8]));
    });
    assert_eq!((m.allocations, m.deallocations, m.retained_bytes), (1, 1, 0));
}
