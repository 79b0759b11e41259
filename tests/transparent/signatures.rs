//! What stands in front of the body is printed as it came.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use alloc_budget::alloc_budget;

#[test]
fn closures_of_an_opaque_type_take_arguments_of_every_lifetime() {
    #[alloc_budget(max = 0)]
    fn key<K: PartialEq, V>(key: &K) -> impl Fn(&(K, V)) -> bool {
        move |entry| *key == entry.0
    }
    #[alloc_budget(max_deallocs = 0)]
    fn by_reference<K: PartialEq>(key: &K) -> impl Fn(&K) -> bool {
        move |other| key == other
    }
    #[alloc_budget(measure)]
    fn first<F: Fn() -> u8>(make: F) -> (impl Fn(&[u8]) -> &[u8], u8) {
        (|bytes: &[u8]| &bytes[..1], make())
    }
    #[alloc_budget(max_retained_bytes = 0)]
    fn counter() -> impl for<'a> FnMut(&'a mut u8) -> &'a mut u8 {
        let mut calls = 0;
        move |n| {
            calls += 1;
            *n += calls;
            n
        }
    }
    assert!(key(&1)(&(1, "one")) && !by_reference(&1)(&2));
    let (first, made) = first(|| 3);
    assert_eq!((first(&[1, 2]), made), (&[1][..], 3));
    assert_eq!(*counter()(&mut 1), 2);
}

#[test]
fn opaque_types_are_in_every_position() {
    #[alloc_budget(max = 9)]
    fn result(text: &str) -> Result<impl Debug + use<>, Box<dyn std::error::Error>> {
        let number: u8 = text.parse()?;
        Ok(number)
    }
    #[alloc_budget(max = 9, max_deallocs = 9)]
    fn nested<'a>(of: &'a [impl AsRef<str> + 'a]) -> impl Iterator<Item = impl Iterator<Item = char> + 'a> {
        of.iter().map(|text| text.as_ref().chars())
    }
    #[alloc_budget(max = 0)]
    fn argument(one: impl Fn(u8) -> u8, other: &(impl Fn(u8) -> u8 + ?Sized)) -> u8 {
        other(one(1))
    }
    assert_eq!(format!("{:?}", result("1").unwrap()), "1");
    assert_eq!(nested(&["ab", "c"]).map(Iterator::count).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(argument(|n| n + 1, &|n| n * 3), 6);
}

struct Tail<T: ?Sized>(u8, T);

struct Bytes<const N: usize>([u8; N]);

#[test]
fn generics_and_bounds() {
    #[alloc_budget(max = N as u64)]
    fn array<const N: usize, T: Copy + Default>() -> [T; N]
    where
        [T; N]: Sized,
        for<'a> &'a T: Debug,
    {
        [T::default(); N]
    }
    #[alloc_budget(max = 0)]
    fn higher(of: &dyn for<'a> Fn(&'a str) -> &'a str) -> usize {
        of("abc").len()
    }
    #[alloc_budget(max = 0)]
    fn unsized_tail<T: ?Sized + AsRef<[u8]>>(tail: &Tail<T>, _marker: PhantomData<fn(&T)>) -> usize {
        tail.1.as_ref().len() + usize::from(tail.0)
    }
    #[alloc_budget(max = 0)]
    fn longer<'a, 'b: 'a>(one: &'a str, other: &'b str) -> &'a str {
        if one.len() > other.len() {
            return one;
        }
        other
    }
    #[alloc_budget(max = 0)]
    fn block_in_its_type(bytes: Bytes<{ 1 + 1 }>) -> Bytes<{ 3 - 1 }> {
        bytes
    }
    let tail: &Tail<[u8]> = &Tail(1, [2, 3]);
    assert_eq!(array::<3, u8>(), [0; 3]);
    assert_eq!(higher(&|text| &text[1..]), 2);
    assert_eq!(unsized_tail(tail, PhantomData), 3);
    assert_eq!(longer("a", "bc"), "bc");
    assert_eq!(block_in_its_type(Bytes([1, 2])).0, [1, 2]);
}

struct Counter(u8);

impl Counter {
    #[alloc_budget(max = 0)]
    fn by_reference(&self) -> &u8 {
        &self.0
    }

    #[alloc_budget(max = 0)]
    fn by_mutable_reference<'a>(&'a mut self, _: &str) -> &'a mut u8 {
        self.0 += 1;
        &mut self.0
    }

    #[alloc_budget(max = 0)]
    fn by_value(mut self, n: u8) -> Self {
        self.0 += n;
        self
    }

    #[alloc_budget(max_deallocs = 1)]
    fn boxed(self: Box<Self>) -> u8 {
        let Self(n) = *self;
        n
    }

    #[alloc_budget(max = 0)]
    fn shared(self: &Rc<Self>, other: Arc<Self>) -> u8 {
        self.0 + other.0
    }

    #[alloc_budget(max = 0)]
    fn pinned(self: Pin<&mut Self>) -> u8 {
        let this = self.get_mut();
        this.0 += 1;
        this.0
    }
}

#[test]
fn receivers_of_every_form() {
    let mut counter = Counter(1);
    assert_eq!(*counter.by_reference(), 1);
    *counter.by_mutable_reference("") += 1;
    assert_eq!(Pin::new(&mut counter).pinned(), 4);
    assert_eq!(Rc::new(Counter(1)).shared(Arc::new(Counter(2))), 3);
    assert_eq!(Box::new(counter.by_value(2)).boxed(), 6);
}

#[test]
fn qualifiers_in_every_order() {
    #[alloc_budget(max = 0)]
    pub(in super::signatures) unsafe extern "C" fn foreign(number: *const u8) -> u8 {
        // SAFETY: the test passes a reference.
        unsafe { *number }
    }
    #[alloc_budget(max = 0)]
    extern "C-unwind" fn unwinding(number: u8) -> u8 {
        number
    }
    #[alloc_budget(max = 0)]
    async unsafe fn waits(number: &u8) -> u8 {
        std::future::ready(()).await;
        *number
    }
    // SAFETY: it reads what it is given.
    assert_eq!(unsafe { foreign(&1) } + unwinding(1), 2);
    // SAFETY: it asks for nothing.
    assert_eq!(futures::executor::block_on(unsafe { waits(&3) }), 3);
}

#[test]
fn never_is_a_result() {
    #[alloc_budget(max_deallocs = 9)]
    fn never(message: &'static str) -> ! {
        std::panic::panic_any(message)
    }
    #[alloc_budget(max = 9)]
    fn in_a_type(number: Option<u8>) -> Result<u8, std::convert::Infallible> {
        let Some(number) = number else { never("none") };
        Ok(number)
    }
    let payload = std::panic::catch_unwind(|| in_a_type(None)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"none"));
    assert_eq!(in_a_type(Some(1)), Ok(1));
}
