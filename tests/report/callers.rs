//! The user's own functions on the way from the budget to a line.

use std::hint::black_box;

use alloc_budget::{Budget, CallSite, alloc_budget};
use support::{on_line, panic_of};

#[inline(never)]
fn leaf(size: usize) -> usize {
    black_box(Vec::<u8>::with_capacity(size)).capacity() + 1
}

const LEFT: u32 = line!() + 3;
#[inline(never)]
fn left(size: usize) -> usize {
    leaf(size) + 1
}

#[inline(never)]
fn right(size: usize) -> usize {
    leaf(size) + 2
}

const BOTH: u32 = line!() + 3;
#[alloc_budget(max = 0)]
fn both() -> usize {
    left(10) + right(20)
}

/// The rows of a report's call sites, without the columns of their places.
fn rows(message: &str) -> Vec<String> {
    let rows = message.lines().skip(4).take_while(|row| !row.starts_with("help"));
    let words = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
    rows.map(words).filter(|row| !row.is_empty()).collect()
}

fn names(site: &CallSite) -> Vec<&str> {
    site.callers().iter().map(|caller| caller.function().rsplit("::").next().unwrap()).collect()
}

#[test]
fn are_there_for_each_way_to_a_line() {
    let (_, message) = panic_of(both);
    let rows = rows(&message);
    assert_eq!(rows.len(), 6, "{message}");
    for (row, way) in [(2, "right"), (5, "left")] {
        assert!(rows[row].starts_with(&format!("from {}", on_line(file!(), BOTH))), "{message}");
        let both = rows[row].split(' ').nth(2).unwrap();
        assert!(both.ends_with("both") && rows[row].ends_with(way), "{message}");
    }
}

#[test]
fn are_data_too() {
    let overage = Budget::new().max(0).check(both_without_a_budget).unwrap_err();
    let [_, site] = overage.call_sites() else { panic!("{overage}") };
    assert_eq!(names(site), ["both_without_a_budget", "left"]);
    let [outer, inner] = site.callers() else { panic!("{overage}") };
    assert_eq!((outer.file(), outer.line()), (Some(file!()), PLAIN));
    assert_eq!((inner.file(), inner.line()), (Some(file!()), LEFT));
    assert!(outer.column() > 0 || cfg!(target_env = "msvc"));
}

const PLAIN: u32 = line!() + 3;
#[inline(never)]
fn both_without_a_budget() -> usize {
    left(10) + right(20)
}

/// A row for each depth would say less.
#[test]
fn are_those_of_a_recursion_once() {
    #[inline(never)]
    fn down(depth: usize) -> usize {
        leaf(depth) + if depth == 0 { 0 } else { black_box(down(depth - 1)) }
    }
    #[alloc_budget(max = 0)]
    fn top(depth: usize) -> usize {
        black_box(down(depth)) + 1
    }
    for depth in [3, 40, 200] {
        let (_, message) = panic_of(|| top(depth));
        let rows = rows(&message);
        assert!(rows.len() <= 6, "{message}");
        assert!(rows[0].contains(&format!("×{depth}")), "{message}");
        assert!(rows[2].ends_with("down"), "{message}");
    }
}

macro_rules! chain {
    ($($name:ident calls $called:ident;)*) => {$(
        #[inline(never)]
        fn $name(size: usize) -> usize {
            black_box($called(size)) + 1
        }
    )*};
}

chain! {
    first calls second;
    second calls third;
    third calls fourth;
    fourth calls fifth;
    fifth calls sixth;
    sixth calls leaf;
}

#[test]
fn are_folded_where_there_are_many() {
    #[alloc_budget(max = 0)]
    fn long() -> usize {
        first(10)
    }
    let (_, message) = panic_of(long);
    let from = &rows(&message)[2];
    assert!(from.contains(" → … 3 more … → "), "{message}");
    assert!(from.ends_with("sixth") && from.contains("long → "), "{message}");
}

/// The line in the budgeted function is there, whatever is between.
#[test]
fn are_there_behind_a_trait_object_and_a_closure() {
    trait Shape {
        fn size(&self) -> usize;
    }
    struct Square(usize);
    impl Shape for Square {
        #[inline(never)]
        fn size(&self) -> usize {
            black_box(leaf(self.0)) + 1
        }
    }
    #[alloc_budget(max = 0)]
    fn sizes(shapes: &[Box<dyn Shape>]) -> usize {
        shapes.iter().map(|shape| shape.size()).sum()
    }
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(10))];
    let (_, message) = panic_of(|| sizes(&shapes));
    let from = &rows(&message)[2];
    assert!(from.starts_with(&format!("from {}", on_line(file!(), line!() - 5))), "{message}");
    assert!(from.contains("sizes") && from.ends_with("size"), "{message}");
}
