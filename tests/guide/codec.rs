use alloc_budget::alloc_budget;

#[alloc_budget(max = 1)]
pub(crate) fn encode(fields: &[&str]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(64);
    for field in fields {
        frame.extend_from_slice(quoted(field).as_bytes());
    }
    frame
}

fn quoted(field: &str) -> String {
    ["'", field, "'"].concat()
}
