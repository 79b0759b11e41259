//! An overage as a value.

use std::error::Error;
use std::fmt::Debug;
use std::hint::black_box;

use alloc_budget::{Budget, Limit, Measurement, measure};

use super::numbers;

#[test]
fn an_overage_says_what_was_measured_and_where() {
    let budget = Budget::new().max(1).max_bytes(100).max_deallocs(9).name("encode");
    let start = line!();
    let overage = budget.check(|| {
        drop(block!(10));
        drop(block!(200));
    });
    let overage = overage.unwrap_err();

    assert_eq!(overage.name(), "encode");
    assert_eq!((overage.location().file(), overage.location().line()), (file!(), start + 1));
    assert_eq!(numbers(&overage), [(Limit::Allocations, 2, 1), (Limit::Bytes, 210, 100)]);
    let m = overage.measurement();
    assert_eq!((m.allocations, m.bytes_allocated, m.peak_bytes, m.deallocations), (2, 210, 200, 2));
    let [site] = overage.call_sites() else { panic!("{overage}") };
    assert_eq!((site.file(), site.line()), (Some(file!()), start + 3));
    assert_eq!((site.count(), site.bytes(), site.is_deallocation()), (1, 200, false));
    assert!(site.column() > 0 || cfg!(target_env = "msvc"));
    // How they are called depends on the profile.
    let place = format!("{}   {}\n", support::site(file!(), site.line(), site.column()), site.function());
    assert!(support::slashed(&overage.to_string()).contains(&place), "{overage}");
    assert_ne!(site.function(), "");
    // An inlined function may be without its type.
    assert!(matches!(site.via(), [name] if name.ends_with("with_capacity")), "{:?}", site.via());
    let via = format!("  {}\n", site.via().join(" → "));
    assert!(overage.to_string().contains(&via) && via.trim() != "", "{overage}");
    assert_eq!(overage.left_out(), 0);
}

#[test]
fn an_overage_without_a_name_has_that_of_its_place() {
    let overage = Budget::new().max(0).check(|| drop(block!(1))).unwrap_err();
    assert_eq!(overage.name(), overage.location().to_string());
}

#[test]
fn an_overage_is_an_error_that_can_cross_threads() {
    fn is_well_behaved<T: Error + Clone + Debug + Send + Sync + 'static>(error: &T) -> String {
        error.clone().to_string()
    }
    let overage = Budget::new().max(0).name("encode").check(|| drop(block!(1))).unwrap_err();
    let text = is_well_behaved(&overage);
    assert!(text.starts_with("allocation budget exceeded: `encode`\n"), "{text}");
    let boxed: Box<dyn Error + Send + Sync> = Box::new(overage);
    assert_eq!(boxed.to_string(), text);
    assert!(boxed.source().is_none());
    assert!(format!("{boxed:?}").contains("\"encode\""), "{boxed:?}");
}

#[test]
fn an_overage_is_not_seen_by_the_scopes_around_it() {
    let ((), m) = measure(|| {
        for _ in 0..3 {
            let overage = Budget::new().max(0).check(|| drop(block!(7))).unwrap_err();
            drop(black_box(overage));
        }
    });
    assert_eq!((m.allocations, m.deallocations, m.bytes_allocated), (3, 3, 21));
    assert_eq!((m.peak_bytes, m.retained_bytes), (7, 0));
}

#[test]
fn an_overage_that_is_kept_is_not_seen_either() {
    let (overage, m) = measure(|| Budget::new().max(0).check(|| drop(block!(7))).unwrap_err());
    assert_eq!((m.allocations, m.deallocations, m.retained_bytes), (1, 1, 0));
    let ((), m) = measure(|| drop(overage));
    assert_eq!(m, Measurement::default());
}
