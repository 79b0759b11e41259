//! The manual's example.

use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
pub(crate) fn encode(input: &[u8]) -> Vec<u8> {
    let mut frame = frame(input);
    let mut label = String::new();
    for _ in 0..2 {
        label.push_str(RULER);
    }
    frame.extend_from_slice(label.as_bytes());
    frame
}

pub(crate) fn frame(input: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(1024);
    frame.extend_from_slice(input);
    frame
}

const RULER: &str = "----------------------------------------------------";
