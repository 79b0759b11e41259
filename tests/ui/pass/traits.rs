//! Default methods and implementations, also behind `dyn`, in generic traits and for foreign ones.
use std::fmt;

use alloc_budget::alloc_budget;

trait Shape {
    const SIDES: usize;
    type Side;

    #[alloc_budget(max = Self::SIDES)]
    fn names(&self) -> Vec<String> {
        (1..Self::SIDES).map(|side| side.to_string()).collect()
    }

    #[alloc_budget(max = 0)]
    fn sides() -> usize
    where
        Self: Sized,
    {
        Self::SIDES
    }

    fn side(&self, n: usize) -> Option<Self::Side>;
}

struct Square(f64);

impl Shape for Square {
    const SIDES: usize = 4;
    type Side = f64;

    #[alloc_budget(max = 0)]
    fn side(&self, n: usize) -> Option<Self::Side> {
        (n < Self::SIDES).then_some(self.0)
    }
}

impl fmt::Display for Square {
    #[alloc_budget(max = 1)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "□{}", self.0)
    }
}

impl Drop for Square {
    #[alloc_budget(max = 0)]
    fn drop(&mut self) {
        self.0 = 0.0;
    }
}

trait Convert<T> {
    fn convert(&self) -> T;
}

impl<T: Copy + Into<f64>> Convert<f64> for T {
    #[alloc_budget(max = 0)]
    fn convert(&self) -> f64 {
        (*self).into()
    }
}

impl<'a> Convert<&'a str> for &'a [&'a str] {
    #[alloc_budget(max = self.len())]
    fn convert(&self) -> &'a str {
        self.first().copied().unwrap_or_default()
    }
}

struct Countdown(u32);

impl Iterator for Countdown {
    type Item = u32;

    #[alloc_budget(max = 0)]
    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }
}

fn main() {
    let square = Square(1.5);
    assert_eq!(square.names(), ["1", "2", "3"]);
    assert_eq!(Square::sides(), 4);
    assert_eq!(square.side(4), None);
    assert_eq!(square.to_string(), "□1.5");
    let number: &dyn Convert<f64> = &1_u32;
    assert_eq!(number.convert(), 1.0);
    assert_eq!([].as_slice().convert(), "");
    assert_eq!(Countdown(3).collect::<Vec<_>>(), [2, 1, 0]);
}
