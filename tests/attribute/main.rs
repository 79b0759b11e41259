//! What the attribute's arguments do when the function runs.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe, Location};
use std::process::{Command, Output};
use std::sync::Once;
use std::thread;

use alloc_budget::{alloc_budget, records};

/// A panic as its hook saw it.
#[derive(Debug)]
struct Panic {
    message: String,
    file: String,
    line: u32,
    column: u32,
}

thread_local! {
    static CAUGHT: RefCell<Option<Panic>> = const { RefCell::new(None) };
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

fn message(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    payload.downcast_ref::<String>().cloned().or(text.map(str::to_owned)).unwrap()
}

fn catch<T>(call: impl FnOnce() -> T) -> Result<T, Panic> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                return default(info);
            }
            let location = info.location().unwrap();
            CAUGHT.set(Some(Panic {
                message: message(info.payload()),
                file: location.file().to_owned(),
                line: location.line(),
                column: location.column(),
            }));
        }));
    });
    CATCHING.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    CATCHING.set(false);
    result.map_err(|_| CAUGHT.take().unwrap())
}

fn is_exceeded<T>(call: impl FnOnce() -> T) -> bool {
    catch(call).is_err_and(|panic| panic.message.starts_with("allocation budget exceeded"))
}

/// One allocation, of one byte.
fn allocate() -> Vec<u8> {
    black_box(vec![1])
}

mod limits {
    use super::{alloc_budget, black_box, catch};

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
}

mod kinds {
    use std::fmt::Debug;

    use super::{alloc_budget, allocate, black_box, is_exceeded};

    #[alloc_budget(max = limit)]
    fn free(limit: u32) {
        allocate();
    }

    #[alloc_budget(max = limit)]
    fn generic<T: Clone + Debug>(limit: u32, value: T) -> impl Debug + use<T> {
        black_box(Box::new(value.clone()));
        value
    }

    #[alloc_budget(max = N)]
    fn const_generic<const N: u32>() {
        allocate();
    }

    fn nested(limit: u32) {
        #[alloc_budget(max = limit)]
        fn inner(limit: u32) {
            allocate();
        }
        inner(limit);
    }

    #[alloc_budget(max = limit)]
    unsafe fn dangerous(limit: u32) {
        allocate();
    }

    #[alloc_budget(max = limit)]
    extern "C-unwind" fn foreign(limit: u32) {
        allocate();
    }

    #[alloc_budget(max = limit)]
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn inlined(limit: u32) {
        allocate();
    }

    type Kind = (&'static str, fn(u32));

    struct Limit(u32);

    impl Limit {
        #[alloc_budget(max = limit)]
        fn associated(limit: u32) {
            allocate();
        }

        #[alloc_budget(max = self.0)]
        fn inherent(&self) {
            allocate();
        }

        #[alloc_budget(max = self.0)]
        fn consuming(mut self) -> u32 {
            self.0 += 1;
            allocate();
            self.0
        }
    }

    trait Allocate {
        fn limit(&self) -> u32;

        #[alloc_budget(max = self.limit())]
        fn by_default(&self) {
            allocate();
        }

        fn required(&self);
    }

    impl Allocate for Limit {
        #[alloc_budget(max = 0)]
        fn limit(&self) -> u32 {
            self.0
        }

        #[alloc_budget(max = self.0)]
        fn required(&self) {
            allocate();
        }
    }

    #[test]
    fn all_are_enforced() {
        let kinds: [Kind; 14] = [
            ("free", free),
            ("generic", |limit| drop(generic(limit, "text"))),
            ("const generic", |limit| if limit == 0 { const_generic::<0>() } else { const_generic::<1>() }),
            ("nested", nested),
            // SAFETY: it asks for nothing.
            ("unsafe", |limit| unsafe { dangerous(limit) }),
            ("extern", |limit| foreign(limit)),
            ("inlined", inlined),
            ("associated", Limit::associated),
            ("inherent", |limit| Limit(limit).inherent()),
            ("consuming", |limit| assert_eq!(Limit(limit).consuming(), 2)),
            ("trait default", |limit| Limit(limit).by_default()),
            ("trait implementation", |limit| Limit(limit).required()),
            ("dyn", |limit| (&Limit(limit) as &dyn Allocate).required()),
            ("in a closure", |limit| {
                #[alloc_budget(max = limit)]
                fn inner(limit: u32) {
                    allocate();
                }
                inner(limit);
            }),
        ];
        for (name, function) in kinds {
            assert!(is_exceeded(|| function(0)), "{name}");
            assert!(!is_exceeded(|| function(1)), "{name}");
        }
    }
}

mod expressions {
    use super::{Cell, RefCell, alloc_budget, allocate, black_box, catch, is_exceeded};

    #[test]
    fn are_evaluated_once_and_before_the_body() {
        #[alloc_budget(max = note(log, "max"), warmup = note(log, "warmup"), max_bytes = note(log, "max_bytes"))]
        fn limited(log: &RefCell<Vec<&'static str>>) {
            log.borrow_mut().push("body");
        }
        fn note(log: &RefCell<Vec<&'static str>>, name: &'static str) -> u64 {
            log.borrow_mut().push(name);
            0
        }

        let log = RefCell::new(Vec::with_capacity(4));
        limited(&log);
        let mut log = log.into_inner();
        assert_eq!(log.pop(), Some("body"));
        log.sort_unstable();
        assert_eq!(log, ["max", "max_bytes", "warmup"]);
    }

    #[test]
    fn see_the_arguments_as_they_were() {
        #[alloc_budget(max = n)]
        fn limited(mut n: u32) {
            n += 1;
            for _ in 0..n {
                allocate();
            }
        }
        assert!(is_exceeded(|| limited(1)));
    }

    #[test]
    fn count_for_no_limit() {
        #[alloc_budget(
            max = { drop(vec![1_u8; n]); 0_u32 },
            max_bytes = { drop(vec![1_u8; n]); 0_u32 },
            max_deallocs = { drop(vec![1_u8; n]); 0_u32 },
            warmup = { drop(vec![1_u8; n]); 0_u32 },
        )]
        fn limited(n: usize) -> usize {
            n
        }
        assert_eq!(catch(|| limited(100)).unwrap(), 100);
    }

    #[test]
    fn drop_their_temporaries_before_the_body() {
        #[alloc_budget(max_deallocs = vec![1_u8; n].len() - n, max_retained_bytes = vec![1_u8; n].len() - n)]
        fn deallocations(n: usize) -> usize {
            n
        }

        #[alloc_budget(max_retained_bytes = vec![1_u8; n].len() - n)]
        fn retained(n: usize) -> Vec<u8> {
            black_box(vec![1; n])
        }

        #[alloc_budget(max_deallocs = match vec![1_u8; n].len() { 0 => 1, _ => 0 })]
        fn of_literals(n: usize) -> usize {
            n
        }

        #[alloc_budget(max = limit.borrow().saturating_sub(1))]
        fn borrowing(limit: &RefCell<u64>) -> u64 {
            *limit.borrow_mut() += 1;
            *limit.borrow()
        }
        assert_eq!(catch(|| deallocations(100)).unwrap(), 100);
        assert!(is_exceeded(|| retained(100)));
        assert_eq!(catch(|| of_literals(100)).unwrap(), 100);
        assert_eq!(catch(|| borrowing(&RefCell::new(1))).unwrap(), 2);
    }

    #[test]
    fn may_return_early() {
        #[alloc_budget(max = text.parse::<u64>()?)]
        fn limited(text: &str, reached: &Cell<bool>) -> Result<Vec<u8>, std::num::ParseIntError> {
            reached.set(true);
            Ok(allocate())
        }

        let reached = Cell::new(false);
        assert!(catch(|| limited("one", &reached)).unwrap().is_err());
        assert!(!reached.get());
        assert!(is_exceeded(|| limited("0", &reached)));
        assert!(catch(|| limited("1", &reached)).unwrap().is_ok());
    }
}

mod warmup {
    use super::{alloc_budget, allocate, black_box, is_exceeded, thread};

    #[alloc_budget(max = 0, warmup = 2)]
    fn warm() {
        allocate();
    }

    #[test]
    fn is_counted_on_each_thread() {
        let calls = || [(); 4].map(|()| is_exceeded(warm));
        assert_eq!(calls(), [false, false, true, true]);
        assert_eq!(thread::spawn(calls).join().unwrap(), [false, false, true, true]);
        assert_eq!(calls(), [true; 4]);
    }

    #[test]
    fn of_nothing_judges_the_first_call() {
        #[alloc_budget(max = 0, warmup = 0)]
        fn cold() {
            allocate();
        }
        assert!(is_exceeded(cold));
    }

    #[test]
    fn counts_for_each_function() {
        #[alloc_budget(max = 0, warmup = n)]
        fn one(n: u32) {
            allocate();
        }
        #[alloc_budget(max = 0, warmup = n)]
        fn another(n: u32) {
            allocate();
        }
        assert_eq!([one, another, one, another].map(|f| is_exceeded(|| f(1))), [false, false, true, true]);
    }

    #[test]
    fn counts_recursive_calls() {
        #[alloc_budget(max = 0, warmup = 3)]
        fn recursive(depth: u32) {
            if depth > 0 {
                recursive(depth - 1);
            }
            allocate();
        }
        assert!(!is_exceeded(|| recursive(2)), "three calls");
        assert!(is_exceeded(|| recursive(0)), "the fourth");

        let deep = thread::spawn(|| is_exceeded(|| recursive(3)));
        assert!(deep.join().unwrap(), "the innermost is the fourth");
    }

    #[test]
    fn counts_calls_that_stay_within_the_budget() {
        #[alloc_budget(max = 0, warmup = 1)]
        fn sometimes(n: usize) -> Vec<u8> {
            black_box(Vec::with_capacity(n))
        }
        assert!(!is_exceeded(|| sometimes(0)));
        assert!(is_exceeded(|| sometimes(1)));
    }
}

mod on_overage {
    use super::{alloc_budget, allocate, child};

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

        let Some(output) = child("on_overage::warn_goes_on") else {
            assert_eq!((warned().len(), warned_in_c()), (1, 1));
            return;
        };
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

        let Some(output) = child("on_overage::abort_ends_the_process") else {
            drop(aborted());
            return;
        };
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
}

/// Runs one of these tests alone; `None` in the process where it runs.
fn child(test: &str) -> Option<Output> {
    const CHILD: &str = "ATTRIBUTE_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return None;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    Some(command.args([test, "--exact"]).env(CHILD, "1").output().unwrap())
}

mod names {
    use super::{alloc_budget, allocate, catch};

    fn name(call: impl FnOnce()) -> String {
        let message = catch(call).unwrap_err().message;
        message.split('`').nth(1).unwrap().to_owned()
    }

    #[alloc_budget(max = 0)]
    fn free() {
        allocate();
    }

    #[alloc_budget(max = 0, name = "decode “frames”")]
    fn labelled() {
        allocate();
    }

    #[alloc_budget(max = 0)]
    fn generic<T>(_: T) {
        allocate();
    }

    struct Decoder;

    impl Decoder {
        #[alloc_budget(max = 0)]
        fn decode(&self) {
            let Self = self;
            allocate();
        }
    }

    #[test]
    fn default_to_the_path() {
        assert_eq!(name(free), "names::free");
        assert_eq!(name(|| generic('a')), "names::generic");
        assert_eq!(name(|| Decoder.decode()), "names::Decoder::decode");
    }

    #[test]
    fn are_what_the_argument_says() {
        assert_eq!(name(labelled), "decode “frames”");
    }
}

mod measure {
    use super::{alloc_budget, black_box, records};

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
}

mod tests {
    use super::{alloc_budget, allocate};

    #[test]
    #[alloc_budget(max = 1)]
    fn below() {
        assert_eq!(allocate(), [1]);
    }

    #[alloc_budget(max = 1)]
    #[test]
    fn above() {
        assert_eq!(allocate(), [1]);
    }

    #[test]
    #[alloc_budget(max = 0)]
    #[should_panic(expected = "allocation budget exceeded: `tests::exceeded_below`")]
    fn exceeded_below() {
        allocate();
    }

    #[should_panic(expected = "allocation budget exceeded: `tests::exceeded_above`")]
    #[alloc_budget(max = 0)]
    #[test]
    fn exceeded_above() {
        allocate();
    }

    #[alloc_budget(max = 0)]
    #[test]
    fn with_a_result() -> Result<(), std::num::ParseIntError> {
        assert_eq!("1".parse::<u8>()?, 1);
        Ok(())
    }
}

mod bodies {
    use super::{Location, RefCell, alloc_budget, allocate, catch, is_exceeded};

    #[test]
    fn are_judged_at_every_exit() {
        #[alloc_budget(max = 0)]
        fn exits(way: usize) -> Option<usize> {
            if way == 0 {
                allocate();
                return None;
            }
            if way == 1 {
                allocate();
                None?;
            }
            Some(if way == 2 { allocate().len() } else { way })
        }
        assert_eq!([0, 1, 2].map(|way| is_exceeded(|| exits(way))), [true; 3]);
        assert_eq!(catch(|| exits(3)).unwrap(), Some(3));
    }

    #[test]
    fn may_end_as_if_more_were_to_come() {
        #[alloc_budget(max = 0)]
        fn question_marks(allocate: fn() -> Option<Option<Option<u8>>>) -> Option<u8> {
            allocate()??
        }
        #[alloc_budget(max = 0)]
        fn brackets() -> Option<Result<u8, u8>> {
            allocate();
            None::<Result<u8, u8>>
        }
        #[alloc_budget(max = 0)]
        fn dots() -> std::ops::RangeFrom<usize> {
            let n = allocate().len();
            n..
        }
        #[alloc_budget(max = 0)]
        fn never() -> fn() -> ! {
            allocate();
            std::process::abort as fn() -> !
        }
        let allocated = || {
            allocate();
            Some(Some(None))
        };
        assert!(is_exceeded(|| question_marks(allocated)));
        assert!(is_exceeded(brackets));
        assert!(is_exceeded(dots));
        assert!(is_exceeded(never));
    }

    #[test]
    fn are_judged_after_their_locals_are_dropped() {
        #[alloc_budget(max_deallocs = 0)]
        fn dropping() {
            let _local = allocate();
        }
        #[alloc_budget(max_retained_bytes = 0)]
        fn retaining_nothing() {
            let _local = allocate();
        }
        assert!(is_exceeded(dropping));
        catch(retaining_nothing).unwrap();
    }

    type Log<'a> = &'a RefCell<Vec<&'static str>>;

    struct Noisy<'a>(&'static str, Log<'a>);

    impl Noisy<'_> {
        fn checked(&self) -> Option<&'static str> {
            (!self.0.is_empty()).then_some(self.0)
        }
    }

    impl Drop for Noisy<'_> {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }

    #[test]
    fn drop_in_the_same_order() {
        macro_rules! dropping {
            ($(#[$attribute:meta])? $name:ident) => {
                $(#[$attribute])?
                fn $name<'a>(
                    first: Noisy<'a>,
                    _: Noisy<'a>,
                    (_second, ..): (Noisy<'a>, Noisy<'a>),
                    log: Log<'a>,
                ) -> Option<(Noisy<'a>, &'static str)> {
                    let _local = Noisy("local", log);
                    let moved = Noisy("moved", log);
                    let _ = Noisy("at once", log);
                    let shadowed = Noisy("shadowed", log);
                    let shadowed = Noisy(shadowed.checked()?, log);
                    drop(shadowed);
                    Some((moved, Noisy("temporary in tail", log).checked().and(first.checked())?))
                }
            };
        }
        dropping!(plain);
        dropping!(
            #[alloc_budget(measure)]
            budgeted
        );

        let [plain, budgeted] = [plain, budgeted].map(|function| {
            let log = RefCell::new(Vec::new());
            let noisy = |name| Noisy(name, &log);
            let result = function(noisy("first"), noisy("unbound"), (noisy("second"), noisy("rest")), &log);
            log.borrow_mut().push("returned");
            drop(result);
            log.into_inner()
        });
        assert_eq!(plain.len(), 11);
        assert_eq!(budgeted, plain);
    }

    #[test]
    fn may_return_what_they_borrowed() {
        #[alloc_budget(max = rows.len())]
        fn last(rows: &mut Vec<u32>) -> Option<&mut u32> {
            rows.push(1);
            rows.last_mut()
        }
        let mut rows = vec![0];
        *last(&mut rows).unwrap() += 1;
        assert_eq!(rows, [0, 2]);
    }

    #[test]
    fn know_their_caller() {
        #[track_caller]
        #[alloc_budget(max = 0)]
        fn caller() -> &'static Location<'static> {
            Location::caller()
        }
        assert_eq!((caller().file(), caller().line()), (file!(), line!()));
    }

    #[test]
    fn panic_where_they_panic() {
        #[alloc_budget(max = 0)]
        fn panicking(line: &mut u32) {
            allocate();
            *line = line!() + 1;
            panic!("on purpose");
        }
        let mut line = 0;
        let panic = catch(|| panicking(&mut line)).unwrap_err();
        assert_eq!((&*panic.message, panic.line), ("on purpose", line));
    }
}

mod locations {
    use super::{alloc_budget, allocate, catch};

    type Located = (fn() -> Vec<u8>, (u32, u32));

    const FREE: u32 = line!() + 5;
    #[alloc_budget(max = 0)]
    /// Documentation is an attribute too,
    #[must_use]
    #[inline(never)]
    pub(super) fn free() -> Vec<u8> {
        allocate()
    }

    struct Method;

    const METHOD: u32 = line!() + 5;
    impl Method {
        // A comment is nothing at all.
        #[inline(never)]
        #[alloc_budget(max = 0)]
        unsafe fn method() -> Vec<u8> {
            allocate()
        }
    }

    const CALLER: u32 = line!() + 3;
    #[track_caller]
    #[alloc_budget(max = 0)]
    fn caller() -> Vec<u8> {
        allocate()
    }

    macro_rules! function {
        ($visibility:vis $name:ident) => {
            #[alloc_budget(max = 0)]
            $visibility fn $name() -> Vec<u8> {
                allocate()
            }
        };
    }

    const PRIVATE: u32 = line!() + 1;
    function!(private);

    #[test]
    fn are_those_of_the_first_token_behind_the_attributes() {
        let functions: [Located; 4] = [
            (free, (FREE, 5)),
            // SAFETY: it asks for nothing.
            (|| unsafe { Method::method() }, (METHOD, 9)),
            (caller, (CALLER, 5)),
            (private, (PRIVATE, 5)),
        ];
        for (function, place) in functions {
            let panic = catch(function).unwrap_err();
            assert!(panic.message.starts_with("allocation budget exceeded"));
            assert_eq!((&*panic.file, (panic.line, panic.column)), (file!(), place));
        }
    }
}
