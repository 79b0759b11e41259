//! Where the macros of other crates move a function's body to.
//!
//! Where their attribute stands above ours, the function is their wrapper by now: it starts a
//! thread, takes a lock, runs the body a hundred times. The budget goes on the body. As in
//! `recognised`, what is not known is measured as it is written.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::function::body::Rest;
use crate::function::item::Function;
use crate::tokens::{any, is_punct, is_word};

pub(crate) enum Moved {
    /// Into a function inside, the body's only item, which the rest calls.
    Inside(Function),
    Closure(MovedBody),
}

/// A body in a closure that a call is given: `path::call(…, move || body, …)`.
pub(crate) struct MovedBody {
    /// The call's path, and the statements in front of it.
    pub(crate) path: TokenStream,
    pub(crate) call: Group,
    /// In the call, up to the closure's body and behind it.
    pub(crate) before: TokenStream,
    pub(crate) body: TokenStream,
    pub(crate) behind: TokenStream,
    /// Behind the call.
    pub(crate) end: TokenStream,
    /// The body is a future that the call awaits.
    pub(crate) is_future: bool,
}

impl Moved {
    /// Of a function whose body has these items and this rest.
    pub(crate) fn of(function: &Function, items: &TokenStream, rest: &Rest) -> Option<Self> {
        let inside = || inside(function, items, &rest.stream).map(Self::Inside);
        MovedBody::of(&rest.tokens).map(Self::Closure).or_else(inside)
    }
}

/// ntest's `#[timeout]`, quickcheck's attribute, and `serial_test`'s on an `async fn`:
///
/// ```text
/// fn test() { fn ntest_callback() { … } … spawn(move || { … ntest_callback() … }); … }
/// fn test() { fn test(n: u8) -> bool { … } ::quickcheck::quickcheck(test as fn(_: u8) -> bool) }
/// async fn test() { async fn _test_internal() { … } …_core(…, _test_internal()).await; }
/// fn test() { #[…] fn _test_inner() { … } serial_test::…_core(…, || _test_inner()); }
/// ```
fn inside(function: &Function, items: &TokenStream, rest: &TokenStream) -> Option<Function> {
    let outer = function.name.as_ref()?;
    let inside = Function::parse(items).ok()?;
    let name = inside.name.as_ref()?;
    let is_called = |by: &str| any(rest, &|token| is_word(token, by));
    let is_moved = name == "ntest_callback"
        || name == outer && is_called("quickcheck")
        || [format!("_{outer}_internal"), format!("_{outer}_inner")].iter().any(|known| name == known);
    // Overages are the outer one's, which the user wrote.
    is_moved.then(|| Function { start: function.start, ..inside })
}

impl MovedBody {
    /// rstest's `#[timeout]`, and `serial_test`'s attributes:
    ///
    /// ```text
    /// fn case_1() { let size = 50; … execute_with_timeout_sync(move || test(size), …) }
    /// async fn test() { … execute_with_timeout_async(move || test(), …).await }
    /// fn test() { serial_test::local_serial_core(vec![""], …::Option::None, || { … }); }
    /// ```
    fn of(tokens: &[TokenTree]) -> Option<Self> {
        let is_end =
            |token: &TokenTree| is_punct(token, '.') || is_punct(token, ';') || is_word(token, "await");
        let at = tokens.iter().rposition(|token| !is_end(token))?.checked_sub(1)?;
        let [TokenTree::Ident(name), TokenTree::Group(call), ..] = &tokens[at..] else { return None };
        if call.delimiter() != Delimiter::Parenthesis || !CALLS.contains(&&*name.to_string()) {
            return None;
        }
        let arguments: Vec<TokenTree> = call.stream().into_iter().collect();
        let is_closure = |pair: &[TokenTree]| pair.iter().all(|token| is_punct(token, '|'));
        let start = arguments.windows(2).position(is_closure)? + 2;
        let length = arguments[start..].iter().take_while(|token| !is_punct(token, ',')).count();
        // It calls a function inside, which has the budget.
        let is_inside = matches!(&arguments[start..], [TokenTree::Ident(name), ..] if name.to_string().ends_with("_inner"));
        let of = |tokens: &[TokenTree]| tokens.iter().cloned().collect();
        (!is_inside).then(|| Self {
            path: of(&tokens[..=at]),
            call: call.clone(),
            before: of(&arguments[..start]),
            body: of(&arguments[start..start + length]),
            behind: of(&arguments[start + length..]),
            end: of(&tokens[at + 2..]),
            is_future: is_word(&tokens[at], "execute_with_timeout_async"),
        })
    }
}

const CALLS: [&str; 10] = [
    "execute_with_timeout_sync",
    "execute_with_timeout_async",
    "local_serial_core",
    "local_serial_core_with_return",
    "local_parallel_core",
    "local_parallel_core_with_return",
    "fs_serial_core",
    "fs_serial_core_with_return",
    "fs_parallel_core",
    "fs_parallel_core_with_return",
];
