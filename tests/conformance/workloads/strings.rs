//! `String`, what is built from text, and `CString`.

use std::ffi::CString;
use std::fmt::Write;
use std::hint::black_box;
use std::mem;

use super::{Workload, consume, leak, workload};

const LINES: &str = "one\ntwo\nthree\nfour\nfive";

pub(super) const TABLE: &[Workload] = &[
    workload("empty string", [0, 0, 0, 0], |_| consume(String::new())),
    workload("push characters", [5, 248, 0, 0], |_| {
        let mut text = String::new();
        ('!'..='z').cycle().take(100).for_each(|c| text.push(c));
        consume(text);
    }),
    workload("push characters within capacity", [1, 100, 0, 0], |_| {
        let mut text = String::with_capacity(100);
        ('!'..='z').cycle().take(100).for_each(|c| text.push(c));
        consume(text);
    }),
    workload("push_str", [2, 18, 0, 0], |words| {
        let mut text = String::from("hello ");
        text.push_str(&words[0]);
        consume(text);
    }),
    workload("push_str to an older string", [1, 10, 0, 5], |words| words[0].push_str("bravo")),
    workload("add", [2, 18, 0, 0], |words| consume(String::from("hello ") + &words[0])),
    workload("insert_str", [2, 15, 0, 0], |words| {
        let mut text = String::from("alpha");
        text.insert_str(0, &words[1]);
        consume(text);
    }),
    workload("reserve for a string", [2, 105, 0, 0], |_| {
        let mut text = String::from("alpha");
        text.reserve(95);
        consume(text);
    }),
    workload("shrink a string", [2, 105, 1, 5], |_| {
        let mut text = String::with_capacity(100);
        text.push_str("alpha");
        text.shrink_to_fit();
        leak(text);
    }),
    workload("format a literal and an argument", [1, 12, 0, 0], |words| {
        consume(format!("hello {}", words[0]));
    }),
    workload("format arguments", [1, 8, 0, 0], |words| consume(format!("{} {}", words[0], black_box(42)))),
    workload("format, padded", [3, 56, 0, 0], |words| consume(format!("{:>32}", words[0]))),
    workload("write within capacity", [1, 32, 0, 0], |words| {
        let mut text = String::with_capacity(32);
        write!(text, "{:>32}", words[0]).unwrap();
        consume(text);
    }),
    workload("str to a string", [1, 5, 0, 0], |words| consume(words[0].as_str().to_string())),
    workload("character to a string", [1, 1, 0, 0], |_| consume(black_box('a').to_string())),
    workload("clone a string", [1, 7, 1, 7], |words| leak(words[2].clone())),
    workload("clone a string over a longer one", [1, 7, 0, 0], |words| {
        let mut word = words[2].clone();
        word.clone_from(&words[0]);
        consume(word);
    }),
    workload("to upper case", [1, 5, 0, 0], |words| consume(words[0].to_ascii_uppercase())),
    // How much room `collect` makes depends on the version of std.
    workload("characters", [1, 8, 0, 0], |words| {
        let mut text = String::with_capacity(8);
        text.extend(words[0].chars());
        consume(text);
    }),
    workload("characters backwards", [1, 8, 0, 0], |words| {
        let mut text = String::with_capacity(8);
        text.extend(words[0].chars().rev());
        consume(text);
    }),
    workload("collect characters to a vector", [2, 48, 0, 0], |words| {
        consume(words[0].chars().collect::<Vec<_>>());
    }),
    workload("collect bytes", [1, 5, 0, 0], |words| consume(words[0].bytes().collect::<Vec<_>>())),
    workload("collect words to a string", [1, 53, 0, 0], |words| {
        let mut text = String::with_capacity(53);
        text.extend(words.iter().map(String::as_str));
        consume(text);
    }),
    workload("lines", [0, 0, 0, 0], |_| consume(black_box(LINES).lines().count())),
    workload("lines, collected", [2, 192, 0, 0], |_| consume(black_box(LINES).lines().collect::<Vec<_>>())),
    workload("lines, owned", [7, 307, 0, 0], |_| {
        consume(black_box(LINES).lines().map(String::from).collect::<Vec<_>>());
    }),
    workload("split, collected", [2, 192, 0, 0], |_| {
        consume(black_box(LINES).split_whitespace().collect::<Vec<_>>());
    }),
    workload("join of words", [1, 71, 0, 0], |words| consume(words.join(", "))),
    workload("concat of words", [1, 53, 0, 0], |words| consume(words.concat())),
    workload("repeat of a word", [1, 50, 0, 0], |words| consume(words[0].repeat(10))),
    workload("split_off of a string", [1, 3, 0, 0], |words| consume(words[0].split_off(2))),
    workload("drain of a string", [0, 0, 0, 0], |words| consume(words[0].drain(..2).count())),
    workload("retain of a string", [0, 0, 0, 0], |words| words[0].retain(|c| c != 'a')),
    workload("string to bytes and back", [0, 0, 0, 0], |words| {
        let bytes = black_box(mem::take(&mut words[0])).into_bytes();
        words[0] = String::from_utf8(black_box(bytes)).unwrap();
    }),
    workload("from valid UTF-8", [0, 0, 0, 0], |_| consume(String::from_utf8_lossy(black_box(b"alpha")))),
    workload("from invalid UTF-8", [2, 15, 0, 0], |_| {
        consume(String::from_utf8_lossy(black_box(b"alph\xFF")));
    }),
    workload("boxed string", [0, 0, -1, -5], |words| consume(mem::take(&mut words[0]).into_boxed_str())),
    workload("boxed string, shrinking", [2, 105, 1, 5], |_| {
        let mut text = String::with_capacity(100);
        text.push_str("alpha");
        leak(text.into_boxed_str());
    }),
    workload("C string", [1, 6, 0, 0], |words| consume(CString::new(words[0].as_str()))),
];
