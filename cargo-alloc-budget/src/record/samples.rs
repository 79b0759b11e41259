//! Lines for tests, as a runtime writes them.

pub(crate) const HEADER: &str = r#"{"alloc_budget":1,"runtime":"0.1.0","pid":71,"forked_from":null,"exe":"/w/target/debug/deps/codec-79","cwd":"/w","package":"codec","manifest_dir":"/w","os":"linux","arch":"x86_64","pointer_width":64,"debug_assertions":true,"state":"counting","trace":"off","nextest":null,"args":[]}"#;

pub(crate) const SITE: &str = r#"{"site":3,"crate":"codec","path":"codec::Encoder::frame","name":null,"instance":"codec::Encoder<u8>::frame","file":"src/codec.rs","line":40,"column":5,"kind":"function","measures":false,"threads":"own","on_overage":"panic"}"#;

pub(crate) const AT: &str = r#"{"at":3,"test":"tests::frames","calls":812,"judged":811,"warming":1,"skipped":0,"unwound":0,"unchecked":0,"exceeded":0,"total":{"allocations":812,"bytes":831488},"max":{"worst":1,"limits":[1,1],"slack":0,"call":7},"max_bytes":{"worst":1024,"limits":null,"slack":null,"call":1},"max_peak_bytes":{"worst":1024,"limits":null,"slack":null,"call":1},"max_retained_bytes":{"worst":-8,"limits":null,"slack":null,"call":1},"max_reallocs":{"worst":0,"limits":null,"slack":null,"call":1},"max_deallocs":{"worst":1,"limits":null,"slack":null,"call":1}}"#;

pub(crate) const OVER: &str = r#"{"over":3,"test":"tests::big","call":9,"exceeded":[{"limit":"max","actual":2,"allowed":1}],"sites":[{"file":"src/codec.rs","line":44,"column":9,"function":"codec::Encoder::frame","callee":"Vec::reserve","allocations":1,"bytes":64,"callers":[{"function":"codec::grow","file":"src/codec.rs","line":1}]}]}"#;

pub(crate) const END: &str = r#"{"end":true,"lost":0}"#;
