//! The text of an overage, to the letter.

mod codec {
    use alloc_budget::alloc_budget;

    #[alloc_budget(max = 0)]
    pub(crate) fn encode(input: &[u8]) -> Vec<u8> {
        let frame = frame(input);
        let mut label = String::new();
        for c in ["a", "b"] {
            label.push_str(&c.repeat(70));
        }
        std::hint::black_box(label);
        frame
    }

    fn frame(input: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(1024);
        frame.extend_from_slice(input);
        frame
    }
}

#[test]
fn text() {
    codec::encode(b"hello");
}
