//! Type, lifetime and const parameters, bounds of every kind, and `impl Trait` in every position.
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::hash::Hash;

use alloc_budget::alloc_budget;

#[alloc_budget(max = size_of::<T>())]
fn one_type<T>(value: T) -> T {
    value
}

#[alloc_budget(max = N, max_bytes = N * size_of::<T>())]
fn const_parameter<T: Copy + Default, const N: usize>(first: T) -> [T; N] {
    let mut values = [T::default(); N];
    values[0] = first;
    values
}

#[alloc_budget(max = 0)]
#[allow(unused_braces)]
fn const_arguments<const ON: bool, const C: char>() -> [(bool, char); { 1 + 1 }] {
    [(ON, C); { 1 + 1 }]
}

#[alloc_budget(max = map.len() + 1)]
fn bounds<'k, K, V>(map: &HashMap<K, V>, key: &'k K) -> Result<V, &'k K>
where
    K: Eq + Hash + 'k,
    V: Clone,
    for<'v> &'v V: PartialEq,
    HashMap<K, V>: Debug,
    [(); 1]: Sized,
{
    map.get(key).cloned().ok_or(key)
}

#[alloc_budget(max = 0)]
fn higher_ranked(
    text: &str,
    f: impl for<'a> Fn(&'a str) -> &'a str,
    g: &dyn for<'a> Fn(&'a str) -> bool,
) -> bool {
    g(f(text))
}

#[alloc_budget(max = 0)]
fn longest<'a, 'b: 'a>(a: &'a str, b: &'b str) -> &'a str {
    if a.len() > b.len() { a } else { b }
}

#[alloc_budget(max = 0)]
fn impl_argument(values: impl IntoIterator<Item = impl Into<u64>>) -> u64 {
    values.into_iter().map(Into::into).sum()
}

#[alloc_budget(max = 0)]
fn impl_return<'a>(values: &'a [u32], offset: &u32) -> impl DoubleEndedIterator<Item = u32> + use<'a> {
    let offset = *offset;
    values.iter().map(move |value| value + offset)
}

#[alloc_budget(max = 0)]
fn impl_nested() -> Option<(impl Display, impl Fn(u32) -> u32 + Clone)> {
    Some(("text", |n| n + 1))
}

#[alloc_budget(max = 1)]
fn boxed<'a>(n: &'a u32) -> Box<dyn Fn() -> u32 + 'a> {
    Box::new(move || *n)
}

#[alloc_budget(max = 0)]
fn pointer() -> for<'a> fn(&'a str) -> &'a str {
    str::trim
}

#[alloc_budget(max = 0)]
fn associated<I: Iterator<Item: Copy>>(mut values: I) -> Option<I::Item> {
    values.next()
}

#[alloc_budget(max = 0)]
fn inferred() -> Result<u8, <u8 as std::str::FromStr>::Err> {
    "1".parse()
}

fn main() {
    assert_eq!(one_type('a'), 'a');
    assert_eq!(const_parameter::<_, 3>(1), [1, 0, 0]);
    assert_eq!(const_arguments::<true, 'c'>(), [(true, 'c'); 2]);
    assert_eq!(bounds(&HashMap::from([(1, 2)]), &1), Ok(2));
    assert!(higher_ranked(" x ", str::trim, &|text| text == "x"));
    assert_eq!(longest("a", "bc"), "bc");
    assert_eq!(impl_argument([1_u32, 2]), 3);
    let values = [1, 2];
    assert_eq!(impl_return(&values, &3).rev().collect::<Vec<_>>(), [5, 4]);
    let (text, next) = impl_nested().unwrap();
    assert_eq!((text.to_string(), next.clone()(1)), ("text".into(), 2));
    assert_eq!(boxed(&1)(), 1);
    assert_eq!(pointer()(" x"), "x");
    assert_eq!(associated([7].into_iter()), Some(7));
    assert_eq!(inferred(), Ok(1));
}
