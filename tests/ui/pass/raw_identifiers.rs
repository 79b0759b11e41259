//! Raw identifiers in every position.
use alloc_budget::alloc_budget;

mod r#mod {
    use alloc_budget::alloc_budget;

    #[alloc_budget(max = r#type.len())]
    pub(super) fn r#fn<'r#a>(r#type: &'r#a str) -> &'r#a str {
        let r#let = r#type;
        r#let
    }
}

struct r#Struct {
    r#match: u64,
}

impl r#Struct {
    const r#LIMIT: u64 = 0;

    #[r#alloc_budget(max = self.r#match + Self::LIMIT)]
    fn r#async(&self, r#unsafe: u64) -> u64 {
        self.r#match + r#unsafe
    }

    #[alloc_budget(max = 0)]
    fn r#const(&self) -> u64 {
        1
    }
}

fn main() {
    assert_eq!(r#mod::r#fn("text"), "text");
    let value = r#Struct { r#match: 1 };
    assert_eq!(value.r#async(1) + value.r#const(), 3);
}
