//! The crate that is compiled, with one attribute or another in front of each of its functions.

use std::fmt::Write as _;

pub const FUNCTIONS: usize = 2_000;

/// What stands in front of a function, and what in its body.
pub struct Marked {
    /// One for each of [`LIMITS`], which stands in place of `LIMIT`.
    pub attribute: &'static str,
    pub statement: &'static str,
}

/// Limits as they are written: mostly numbers, and now and then an expression that names something.
const LIMITS: [&str; 5] =
    ["max = 0", "max = 3", "max = 0", "max = MOST", "max = bytes.len() + 1, max_bytes = 1 << 20"];

/// The crate's source. `version` is a number in each function, as after a change.
pub fn source(marked: &Marked, version: usize) -> String {
    let mut source =
        String::from("pub const MOST: usize = 4;\n\npub struct State {\n    pub sum: u32,\n}\n\n");
    for i in 0..FUNCTIONS {
        let limit = LIMITS[i / 2 % LIMITS.len()];
        let attribute = marked.attribute.replace("LIMIT", limit);
        let statement = marked.statement;
        let byte = i % 256;
        // Arguments, a loop, an early return.
        let body = |start: &str| {
            format!(
                "{{
    {statement}
    let mut sum = {start};
    for (at, byte) in bytes.iter().enumerate() {{
        if *byte == {byte} {{
            return u32::try_from(at).ok();
        }}
        sum = sum.wrapping_mul(31).wrapping_add(u32::from(*byte));
    }}
    let factor = if sum % 2 == 0 {{ 3 }} else {{ {version} + {i} }};
    sum.checked_mul(factor)
}}"
            )
        };
        // A generic function is compiled where it is used, and the body of an `async fn` where it
        // is polled.
        let _ = match i % 10 {
            0..=3 => writeln!(
                source,
                "{attribute}\npub fn f{i}(start: u32, bytes: &[u8]) -> Option<u32> {}\n",
                body("start")
            ),
            4 | 5 => writeln!(
                source,
                "{attribute}\npub fn f{i}(start: u32, bytes: [u8; 16]) -> Option<u32> {}\n",
                body("start")
            ),
            6 | 7 => writeln!(
                source,
                "impl State {{\n{attribute}\npub fn f{i}(&mut self, bytes: &[u8]) -> Option<u32> {}\n}}\n",
                body("self.sum")
            ),
            8 => writeln!(
                source,
                "{attribute}\npub fn f{i}<T: Into<u32> + Copy>(start: T, bytes: &[u8]) -> Option<u32> {}\n
pub fn use_f{i}(bytes: &[u8]) -> Option<u32> {{\n    f{i}(3_u16, bytes)\n}}\n",
                body("start.into()")
            ),
            _ => writeln!(
                source,
                "{attribute}\npub async fn f{i}(start: u32, bytes: &[u8]) -> Option<u32> {}\n
pub fn poll_f{i}(context: &mut std::task::Context<'_>) -> std::task::Poll<Option<u32>> {{
    std::future::Future::poll(std::pin::pin!(f{i}(3, b\"some\")), context)\n}}\n",
                body("std::future::ready(start).await")
            ),
        };
    }
    source
}
