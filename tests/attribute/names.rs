//! What a function is called in a report.

use alloc_budget::alloc_budget;
use support::catch;

use super::allocate;

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
