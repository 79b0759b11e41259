//! A budget for each function of an `impl` block, a trait, or a module.
#![deny(warnings, clippy::pedantic)]

use alloc_budget::alloc_budget;

struct Decoder<const N: usize>([u8; N]);

#[alloc_budget(max = 0)]
impl Decoder<{ 1 + 2 }> {
    /// The sum.
    fn sum(&self) -> u32 {
        let Self(bytes) = self;
        bytes.iter().copied().map(u32::from).sum()
    }

    const fn length() -> usize {
        3
    }

    #[alloc_budget(skip)]
    fn copy(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

#[alloc_budget(measure)]
unsafe trait Decode: Sized {
    const NAMES: [&'static str; 2] = ["a", "b"];

    fn decode(self) -> u32;

    unsafe fn names(&self) -> usize
    where
        Self: Sized,
    {
        Self::NAMES.len()
    }
}

#[alloc_budget(max = 0)]
unsafe impl Decode for Decoder<3> {
    fn decode(self) -> u32 {
        self.sum()
    }
}

#[alloc_budget(max = 0)]
mod decoders {
    //! Others.

    pub(crate) union Either {
        pub(crate) byte: u8,
        pub(crate) word: u16,
    }

    pub(crate) fn byte(either: Either) -> u8 {
        // SAFETY: any bits are a byte.
        unsafe { either.byte }
    }

    pub(crate) mod inside {
        pub(crate) async fn later() -> u8 {
            std::future::ready(1).await
        }
    }
}

/// On nothing that has a budget, it says nothing.
#[alloc_budget(skip)]
fn main() {
    let decoder = Decoder([1, 2, 3]);
    assert_eq!(decoder.copy().len(), Decoder::<3>::length());
    // SAFETY: it needs nothing.
    assert_eq!(unsafe { decoder.names() }, 2);
    assert_eq!(decoder.decode(), 6);
    assert_eq!(decoders::byte(decoders::Either { word: 0 }), 0);
    drop(decoders::inside::later());
}
