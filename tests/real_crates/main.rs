//! Budgets around well-known crates, on real input.
//!
//! Every crate has a claim that was found by measuring, and a counter-example: what one easily
//! writes instead. It must be caught, at the line that allocates.

use support::{on_line, panic_of};

const REQUEST: &[u8] = include_bytes!("data/request.http");
const ORDERS: &str = include_str!("data/orders.json");
const TEXT: &str = include_str!("data/licences.txt");

/// The number of allocations with which `f` breaks its budget. Everything that its report blames
/// must be in the line marked `// allocates: {mark}`, in `function`.
#[track_caller]
fn caught<T>(mark: &str, function: &str, f: impl FnOnce() -> T) -> u64 {
    let (_, report) = panic_of(f);
    let place = format!("   {}", on_line(file!(), marked_line(mark)));
    let mut call_sites = report.lines().filter(|line| line.contains('×')).peekable();
    assert!(call_sites.peek().is_some(), "no call site\n{report}");
    for call_site in call_sites {
        assert!(call_site.contains(&place), "not at {place}\n{report}");
        // A release build has line tables only, in which names have no path.
        let name = call_site.rsplit("   ").next().expect("a function's name");
        let inside =
            name.strip_prefix(function).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        assert!(inside || !cfg!(debug_assertions), "not in {function}\n{report}");
    }
    let numbers = report.lines().find_map(|line| line.trim_start().strip_prefix("allocations"));
    let (actual, _) = numbers.and_then(|numbers| numbers.split_once(" of ")).expect("the numbers");
    actual.replace(' ', "").parse().expect("a number")
}

/// The line of this file that ends with a mark.
fn marked_line(mark: &str) -> u32 {
    let mark = format!("// allocates: {mark}");
    let mut lines = (1..).zip(include_str!("main.rs").lines());
    lines.find(|(_, line)| line.ends_with(&mark)).map(|(at, _)| at).expect("a marked line")
}

/// The allocations of a vector that elements are pushed to: room for four of them, then for twice
/// as many.
fn growth(elements: usize) -> u64 {
    u64::from(elements.next_power_of_two().trailing_zeros()) - 1
}

mod with_httparse {
    use super::{REQUEST, caught};
    use alloc_budget::alloc_budget;
    use httparse::{EMPTY_HEADER, Header, Request};

    #[alloc_budget(max = 0)]
    fn parse<'h, 'b>(bytes: &'b [u8], headers: &'h mut [Header<'b>]) -> Request<'h, 'b> {
        let mut request = Request::new(headers);
        assert!(request.parse(bytes).unwrap().is_complete());
        request
    }

    #[alloc_budget(max = 0)]
    fn names(request: &Request<'_, '_>) -> Vec<String> {
        request.headers.iter().map(|header| header.name.to_ascii_lowercase()).collect() // allocates: httparse
    }

    #[test]
    fn parsing_allocates_nothing() {
        let mut headers = [EMPTY_HEADER; 24];
        let request = parse(REQUEST, &mut headers);
        assert_eq!((request.method, request.headers.len()), (Some("GET"), 18));
    }

    #[test]
    fn owned_names_are_caught() {
        let mut headers = [EMPTY_HEADER; 24];
        let request = parse(REQUEST, &mut headers);
        assert_eq!(caught("httparse", "with_httparse::names", || names(&request)), 1 + 18);
    }
}

mod with_itoa {
    use super::caught;
    use alloc_budget::alloc_budget;

    #[alloc_budget(max = 0)]
    fn digits(numbers: &[i64]) -> usize {
        numbers.iter().map(|number| itoa::Buffer::new().format(*number).len()).sum()
    }

    #[alloc_budget(max = 0)]
    fn digits_of_strings(numbers: &[i64]) -> usize {
        numbers.iter().map(|number| number.to_string().len()).sum() // allocates: itoa
    }

    const NUMBERS: [i64; 5] = [0, -1, 1984, i64::MIN, i64::MAX];

    #[test]
    fn formatting_allocates_nothing() {
        assert_eq!(digits(&NUMBERS), 1 + 2 + 4 + 20 + 19);
    }

    #[test]
    fn to_string_is_caught() {
        assert_eq!(caught("itoa", "with_itoa::digits_of_strings", || digits_of_strings(&NUMBERS)), 5);
    }
}

mod with_memchr {
    use super::{TEXT, caught, growth};
    use alloc_budget::alloc_budget;
    use memchr::memmem::Finder;

    #[alloc_budget(max = 0)]
    fn lines(text: &str) -> usize {
        memchr::memchr_iter(b'\n', text.as_bytes()).count()
    }

    #[alloc_budget(max = 1)]
    fn finder(needle: &str) -> Finder<'static> {
        Finder::new(needle).into_owned()
    }

    #[alloc_budget(max = 0)]
    fn occurrences(finder: &Finder<'_>, text: &str) -> usize {
        finder.find_iter(text.as_bytes()).count()
    }

    #[alloc_budget(max = 0)]
    fn places(finder: &Finder<'_>, text: &str) -> Vec<usize> {
        finder.find_iter(text.as_bytes()).collect() // allocates: memchr
    }

    #[test]
    fn searching_allocates_nothing() {
        assert_eq!(lines(TEXT), TEXT.lines().count());
        assert_eq!(occurrences(&finder("copyright"), TEXT), TEXT.matches("copyright").count());
    }

    #[test]
    fn collecting_is_caught() {
        let finder = finder("copyright");
        let allocations = caught("memchr", "with_memchr::places", || places(&finder, TEXT));
        assert_eq!(allocations, growth(occurrences(&finder, TEXT)));
    }
}

mod with_smallvec {
    use super::caught;
    use alloc_budget::alloc_budget;
    use smallvec::SmallVec;

    type Fields<'a> = SmallVec<[&'a str; 8]>;

    #[alloc_budget(max = 0)]
    fn split(line: &str) -> Fields<'_> {
        line.split(", ").collect()
    }

    #[alloc_budget(max = 0)]
    fn split_into(fields: &mut Fields<'static>, line: &'static str) {
        for field in line.split(", ") {
            fields.push(field); // allocates: smallvec
        }
    }

    #[test]
    fn eight_fields_stay_inline() {
        assert!(!split("a, b, c, d, e, f, g, h").spilled());
    }

    #[test]
    fn the_ninth_is_caught() {
        let nine = || split_into(&mut Fields::new(), "a, b, c, d, e, f, g, h, i");
        assert_eq!(caught("smallvec", "with_smallvec::split_into", nine), 1);
    }
}

mod with_hashbrown {
    use super::{TEXT, caught};
    use alloc_budget::alloc_budget;
    use hashbrown::HashMap;

    type Counts<'t> = HashMap<&'t str, usize>;

    #[alloc_budget(max = 0)]
    fn count<'t>(counts: &mut Counts<'t>, text: &'t str) {
        for word in text.split_whitespace() {
            *counts.entry(word).or_insert(0) += 1; // allocates: hashbrown
        }
    }

    #[alloc_budget(max = 0)]
    fn collect(words: &mut std::collections::HashSet<String>, word: String) {
        words.insert(word); // allocates: hashbrown, in std
    }

    #[test]
    fn a_map_with_room_allocates_nothing() {
        let mut counts = Counts::with_capacity(4096);
        count(&mut counts, TEXT);
        assert_eq!(counts["the"], TEXT.split_whitespace().filter(|word| *word == "the").count());
    }

    #[test]
    fn growth_is_caught() {
        let cramped = || count(&mut Counts::with_capacity(1024), TEXT);
        assert_eq!(caught("hashbrown", "with_hashbrown::count", cramped), 1);
    }

    /// std brings a hashbrown of its own along, whose frames are not the user's.
    #[test]
    fn growth_in_std_is_caught() {
        let word = "copyright".to_owned();
        let first = || collect(&mut std::collections::HashSet::new(), word);
        assert_eq!(caught("hashbrown, in std", "with_hashbrown::collect", first), 1);
    }
}

mod with_regex {
    use super::{TEXT, caught};
    use alloc_budget::alloc_budget;
    use regex::Regex;

    const SECTION: &str = r"(?m)^\s*(\d+)\.\s+([A-Z]\w+)";

    #[alloc_budget(max = 0, warmup = 1)]
    fn sections(regex: &Regex, text: &str) -> usize {
        regex.find_iter(text).count()
    }

    #[alloc_budget(max = 0, warmup = 1)]
    fn numbers(regex: &Regex, text: &str) -> usize {
        regex.captures_iter(text).filter(|section| &section[1] == "1").count() // allocates: regex
    }

    #[alloc_budget(max = 0)]
    fn has_section(text: &str) -> bool {
        Regex::new(SECTION).unwrap().is_match(text) // allocates: regex, compiled
    }

    #[test]
    fn a_warm_search_allocates_nothing() {
        let regex = Regex::new(SECTION).unwrap();
        let expected = sections(&regex, TEXT);
        for _ in 0..3 {
            assert_eq!(sections(&regex, TEXT), expected);
        }
        // Its first call is not judged either, and fills a cache of the thread's own.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..3 {
                    assert_eq!(sections(&regex, TEXT), expected);
                }
            });
        });
    }

    #[test]
    fn captures_are_caught() {
        let regex = Regex::new(SECTION).unwrap();
        assert_eq!(numbers(&regex, TEXT), 5);
        let allocations = caught("regex", "with_regex::numbers", || numbers(&regex, TEXT));
        assert_eq!(allocations, 1 + regex.find_iter(TEXT).count() as u64);
    }

    #[test]
    fn compiling_is_caught() {
        // How many depends on the profile.
        assert!(caught("regex, compiled", "with_regex::has_section", || has_section("1. Source")) > 1000);
    }
}

mod with_serde_json {
    use std::borrow::Cow;
    use std::fmt;
    use std::marker::PhantomData;

    use super::{ORDERS, caught, growth};
    use alloc_budget::{alloc_budget, measure};
    use serde::Deserialize;
    use serde::de::{Deserializer, SeqAccess, Visitor};
    use serde_json::Value;

    #[derive(Deserialize)]
    struct Shop<O> {
        orders: O,
    }

    // It reads its lines: skipping what is nested more than once costs serde_json an allocation.
    #[derive(Deserialize)]
    struct Order<'a> {
        reference: &'a str,
        customer: Customer<'a>,
        lines: Sum<Line<'a>>,
        total: f64,
    }

    #[derive(Deserialize)]
    struct Customer<'a> {
        name: &'a str,
        vip: bool,
    }

    #[derive(Deserialize)]
    struct Line<'a> {
        title: &'a str,
        quantity: f64,
        price: f64,
    }

    #[derive(Deserialize)] // allocates: serde_json, unescaping
    struct Note<'a> {
        lines: Sum<Line<'a>>,
        #[serde(borrow)]
        note: Cow<'a, str>,
    }

    /// What the elements of an array come to, without keeping one.
    struct Sum<T>(f64, PhantomData<T>);

    trait Amount {
        fn amount(&self) -> f64;
    }

    impl Amount for Line<'_> {
        fn amount(&self) -> f64 {
            if self.title.is_empty() { 0.0 } else { self.quantity * self.price }
        }
    }

    impl Amount for Order<'_> {
        fn amount(&self) -> f64 {
            self.lines.0
        }
    }

    impl Amount for Note<'_> {
        fn amount(&self) -> f64 {
            if self.note.is_empty() { 0.0 } else { self.lines.0 }
        }
    }

    impl<'de, T: Amount + Deserialize<'de>> Deserialize<'de> for Sum<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_seq(Self(0.0, PhantomData))
        }
    }

    impl<'de, T: Amount + Deserialize<'de>> Visitor<'de> for Sum<T> {
        type Value = Self;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Self, A::Error> {
            while let Some(element) = elements.next_element::<T>()? {
                self.0 += element.amount();
            }
            Ok(self)
        }
    }

    #[alloc_budget(max = growth(214))]
    fn orders(json: &str) -> Vec<Order<'_>> {
        serde_json::from_str::<Shop<_>>(json).unwrap().orders
    }

    #[alloc_budget(max = 0)]
    fn turnover(json: &str) -> f64 {
        serde_json::from_str::<Shop<Sum<Order<'_>>>>(json).unwrap().orders.0
    }

    #[alloc_budget(max = 0)]
    fn turnover_of_noted(json: &str) -> f64 {
        serde_json::from_str::<Shop<Sum<Note<'_>>>>(json).unwrap().orders.0
    }

    #[alloc_budget(max = growth(214))]
    fn document(json: &str) -> Value {
        serde_json::from_str(json).unwrap() // allocates: serde_json
    }

    #[test]
    fn borrowed_orders_allocate_only_their_vector() {
        let (orders, measured) = measure(|| orders(ORDERS));
        assert_eq!((orders.len(), orders[213].reference), (214, "ord-2025-000214"));
        assert!(orders.iter().any(|order| order.customer.vip && order.customer.name.contains('ü')));
        assert_eq!((measured.allocations, measured.retained_blocks()), (growth(214), 1));
    }

    #[test]
    fn a_visitor_allocates_nothing() {
        let total: f64 = orders(ORDERS).iter().map(|order| order.total).sum();
        assert!((turnover(ORDERS) - total).abs() < 0.01);
    }

    #[test]
    fn owned_values_are_caught() {
        assert!(caught("serde_json", "with_serde_json::document", || document(ORDERS)) > 8_000);
    }

    /// A string with an escape can't be borrowed.
    #[test]
    fn unescaping_is_caught() {
        let noted = || turnover_of_noted(ORDERS);
        let allocations = caught("serde_json, unescaping", "with_serde_json::Note::deserialize", noted);
        let escaped = ORDERS.lines().filter(|order| order.contains('\\')).count() as u64;
        // serde_json puts together what was escaped, in a buffer of its own that grows to 32 bytes.
        assert_eq!(allocations, escaped + 3);
    }
}

mod with_object_pool {
    use std::fmt::Write as _;

    use super::caught;
    use alloc_budget::alloc_budget;
    use object_pool::Pool;

    #[alloc_budget(max = 0, warmup = 1)]
    fn greet(pool: &Pool<String>, names: &[&str]) -> usize {
        let mut buffer = pool.pull(String::new);
        buffer.clear();
        for name in names {
            write!(buffer, "Hello, {name}! ").unwrap();
        }
        buffer.len()
    }

    #[alloc_budget(max = 0, warmup = 1)]
    fn greet_and_keep(pool: &Pool<String>, name: &str) -> String {
        let (_, mut buffer) = pool.pull(String::new).detach();
        buffer.push_str(name); // allocates: object-pool
        buffer
    }

    #[test]
    fn a_warm_pool_allocates_nothing() {
        let pool = Pool::new(0, String::new);
        for _ in 0..3 {
            assert_eq!(greet(&pool, &["Ada", "Grace", "Barbara"]), 42);
        }
        assert_eq!(pool.len(), 1);
    }

    #[test]
    fn a_buffer_that_never_comes_back_is_caught() {
        let pool = Pool::new(1, || String::with_capacity(64));
        assert_eq!(greet_and_keep(&pool, "Ada"), "Ada");
        let again = || greet_and_keep(&pool, "Grace");
        assert_eq!(caught("object-pool", "with_object_pool::greet_and_keep", again), 1);
    }
}
