//! A budget on an `impl` block, a trait or an inline module: each function in it has it.

use alloc_budget::alloc_budget;
use support::{Block, block, panic_of, poll, slashed};

#[track_caller]
fn assert_budget<T>(name: &str, f: impl FnOnce() -> T) {
    let (_, message) = panic_of(f);
    assert!(message.starts_with(&format!("allocation budget exceeded: `{name}`\n")), "{message}");
    assert!(message.contains("allocations   1 of 0"), "{message}");
}

struct Mixer<const N: usize>(usize);

#[alloc_budget(max = 0)]
impl<const N: usize> Mixer<N>
where
    Mixer<{ N }>: Sized,
{
    const SIZE: usize = { N + 1 };
    const MAKE: fn(usize) -> Block = block;

    /// A method.
    pub(crate) fn method(&self) -> Block {
        block(self.0 + Self::SIZE)
    }

    fn associated<T>(make: T) -> Block
    where
        T: Copy + Fn(usize) -> Block,
    {
        make(N)
    }

    unsafe extern "C" fn qualified(_: u8) -> usize {
        0
    }

    const fn constant() -> Option<Block> {
        None
    }

    #[alloc_budget(max = 1)]
    fn own() -> Block {
        block(1)
    }

    #[alloc_budget(skip)]
    fn skipped() -> (Block, Block) {
        (block(1), block(2))
    }

    #[cfg_attr(all(), alloc_budget(max = 2))]
    fn conditional() -> (Block, Block) {
        (block(1), block(2))
    }

    fn last() -> Block {
        (Self::MAKE)(1)
    }
}

#[test]
fn every_function_of_an_impl_block_has_it() {
    assert_budget("Mixer::method", || Mixer::<4>(0).method());
    assert_budget("Mixer::associated", || Mixer::<4>::associated(block));
    assert_budget("Mixer::last", Mixer::<4>::last);
    // SAFETY: it does nothing.
    assert_eq!(unsafe { Mixer::<4>::qualified(0) }, 0);
}

#[test]
fn its_own_attribute_goes_first() {
    assert_eq!(Mixer::<4>::own().capacity(), 1);
    assert_eq!(Mixer::<4>::skipped().1.capacity(), 2);
    assert_eq!(Mixer::<4>::conditional().1.capacity(), 2);
    assert!(const { Mixer::<4>::constant() }.is_none());
}

trait Make {
    fn make(&self) -> Block;

    fn beside(&self) -> Block {
        block(1)
    }
}

#[alloc_budget(max = 0)]
impl Make for u8 {
    fn make(&self) -> Block {
        block(usize::from(*self))
    }
}

#[alloc_budget(max = 0)]
trait Provide {
    const SIZE: usize = 3;
    type Made;

    fn required(&self) -> Self::Made;

    fn provided(&self) -> Block {
        block(Self::SIZE)
    }
}

impl Provide for u8 {
    type Made = Block;

    fn required(&self) -> Block {
        block(2)
    }
}

#[test]
fn traits_and_their_implementations_have_it() {
    assert_budget("u8::make", || 7_u8.make());
    assert_eq!(1_u8.beside().capacity(), 1);
    assert_budget("Provide::provided", || Provide::provided(&1_u8));
    assert_eq!(Provide::required(&1_u8).capacity(), 2);
}

#[alloc_budget(max = 0)]
mod module {
    #![allow(clippy::needless_pass_by_value)]
    //! A module.

    use super::{Block, block};

    pub(super) static MAKE: fn(usize) -> Block = block;

    pub(super) struct Tuple(pub(super) usize);

    pub(super) struct Braced {
        pub(super) size: usize,
    }

    macro_rules! makes {
        ($name:ident) => {
            pub(super) fn $name() -> Block {
                block(1)
            }
        };
    }
    makes!(unseen);
    makes! { unseen_too }

    pub(super) fn free(tuple: Tuple) -> Block {
        MAKE(tuple.0)
    }

    impl Braced {
        pub(super) fn method(&self) -> Block {
            block(self.size)
        }

        #[super::alloc_budget(skip)]
        pub(super) fn skipped(&self) -> Block {
            block(self.size)
        }
    }

    pub(super) mod deeper {
        pub(in super::super) fn inside() -> super::Block {
            super::block(1)
        }
    }

    #[super::alloc_budget(max = 1)]
    pub(super) mod with_its_own {
        pub(in super::super) fn inside() -> super::Block {
            super::block(1)
        }
    }

    #[super::alloc_budget(skip)]
    pub(super) mod without {
        pub(in super::super) fn inside() -> [super::Block; 2] {
            [super::block(1), super::block(1)]
        }
    }

    pub(super) async fn paused(pause: impl Future<Output = ()>) -> Block {
        pause.await;
        block(1)
    }
}

#[test]
fn every_function_of_a_module_has_it() {
    use module::{Braced, Tuple, deeper, free, paused, unseen, unseen_too, with_its_own, without};

    assert_budget("module::free", || free(Tuple(3)));
    assert_budget("module::Braced::method", || Braced { size: 1 }.method());
    assert_budget("module::deeper::inside", deeper::inside);
    assert_eq!(Braced { size: 1 }.skipped().capacity(), 1);
    assert_eq!(with_its_own::inside().capacity(), 1);
    assert_eq!(without::inside().len(), 2);
    assert_eq!((unseen().capacity(), unseen_too().capacity()), (1, 1));

    assert_budget("module::paused", || poll(std::pin::pin!(paused(std::future::ready(())))));
}

macro_rules! nothing {
    () => {};
}
use nothing;

/// Items whose ends are not plain to see, and a function behind each.
#[alloc_budget(max = 0)]
mod ends {
    #![allow(clippy::unused_self)]
    pub(super) fn behind_an_inner_attribute() -> super::Block {
        super::block(1)
    }

    macro_rules! one {
        () => {
            1
        };
    }
    pub(super) fn behind_a_macro() -> super::Block {
        super::block(one!())
    }

    crate::nothing! {}
    pub(super) fn behind_a_macro_of_the_crate() -> super::Block {
        super::block(1)
    }

    ::std::thread_local! {
        static NOTHING: u8 = const { 0 };
    }
    pub(super) fn behind_a_macro_of_another_crate() -> super::Block {
        super::block(1)
    }

    pub(super) fn numbers() -> impl Iterator<Item = usize> {
        1..=2
    }
    pub(super) fn behind_an_equals_sign() -> super::Block {
        super::block(1)
    }

    pub(super) fn array() -> super::Mixer<{ 1 + 1 }> {
        super::Mixer(0)
    }
    pub(super) fn behind_braces_in_a_type() -> super::Block {
        super::block(1)
    }

    pub(super) trait Call<const N: usize> {
        fn call(&self) -> super::Block;
    }
    impl<F: Fn() -> usize> Call<{ 1 + 1 }> for F {
        fn call(&self) -> super::Block {
            super::block(self())
        }
    }

    pub(super) const BEHIND_NEVER: u32 = line!() + 4;
    pub(super) fn never() -> ! {
        panic!("{}", "on purpose")
    }
    pub(super) fn behind_never() -> super::Block {
        super::block(1)
    }

    mod nothing {}
}

#[test]
fn an_item_ends_where_the_next_one_begins() {
    assert_budget("ends::behind_an_inner_attribute", ends::behind_an_inner_attribute);
    assert_budget("ends::behind_a_macro", ends::behind_a_macro);
    assert_budget("ends::behind_a_macro_of_the_crate", ends::behind_a_macro_of_the_crate);
    assert_budget("ends::behind_a_macro_of_another_crate", ends::behind_a_macro_of_another_crate);
    assert_eq!(ends::numbers().sum::<usize>(), 3);
    assert_budget("ends::behind_an_equals_sign", ends::behind_an_equals_sign);
    assert_eq!(ends::array().0, 0);
    assert_budget("ends::behind_braces_in_a_type", ends::behind_braces_in_a_type);
    let (_, message) = panic_of(|| ends::Call::call(&|| 1));
    assert!(message.starts_with("allocation budget exceeded: `"), "{message}");
    assert_eq!(panic_of(|| ends::never()).1, "on purpose");
    let (place, _) = panic_of(ends::behind_never);
    assert_eq!(place, format!("{}:{}:5", slashed(file!()), ends::BEHIND_NEVER));
}

macro_rules! visible {
    ($visibility:vis) => {
        #[alloc_budget(max = 0)]
        mod visible {
            $visibility fn function() -> super::Block {
                super::block(1)
            }

            #[super::alloc_budget(skip)]
            $visibility fn skipped() -> super::Block {
                super::block(1)
            }
        }
    };
}
visible!(pub(super));

#[test]
fn a_visibility_of_a_macro_is_part_of_its_function() {
    assert_budget("visible::function", visible::function);
    assert_eq!(visible::skipped().capacity(), 1);
}

macro_rules! of_items {
    ($($(#[$attribute:meta])* $item:item)*) => {
        #[alloc_budget(max = 0)]
        mod of_items {
            use super::{Block, block};

            #[super::alloc_budget(skip)]
            pub(super) fn own() -> Block {
                block(1)
            }

            $($(#[$attribute])* $item)*

            pub(super) fn behind() -> Block {
                block(1)
            }
        }
    };
}

macro_rules! through_another {
    ($($item:item)*) => {
        of_items! {
            $($item)*
        }
    };
}

through_another! {
    pub(super) fn function() -> Block {
        block(1)
    }

    /// Of two attributes.
    #[allow(dead_code)]
    pub(super) struct Sized {
        pub(super) size: usize,
    }

    impl Sized {
        pub(super) fn method(&self) -> Block {
            block(self.size)
        }
    }

    #[super::alloc_budget(skip)]
    pub(super) fn skipped() -> Block {
        block(1)
    }

    pub(super) const SIZE: usize = 1 + 2;
}

#[test]
fn items_of_a_macro_are_items() {
    assert_budget("of_items::function", of_items::function);
    assert_budget("of_items::Sized::method", || of_items::Sized { size: 1 }.method());
    assert_budget("of_items::behind", of_items::behind);
    assert_eq!(of_items::skipped().capacity() + of_items::own().capacity(), 2);
    assert_eq!(of_items::SIZE, 3);
}

macro_rules! of_blocks {
    ($first:block $second:block) => {
        #[alloc_budget(max_deallocs = 0, max = 0)]
        mod of_blocks {
            pub(super) fn first() -> super::Block $first

            pub(super) fn second() -> super::Block $second
        }
    };
}
of_blocks!({ super::block(1) } { super::block(2) });

#[test]
fn blocks_of_a_macro_end_their_functions() {
    assert_budget("of_blocks::first", of_blocks::first);
    assert_budget("of_blocks::second", of_blocks::second);
}

#[alloc_budget(max = 0, on_err = skip)]
mod fails {
    pub(super) fn parse(text: &str) -> Result<u8, String> {
        let number = text.parse().map_err(|_| text.to_owned())?;
        drop(super::block(number));
        u8::try_from(number).map_err(|error| error.to_string())
    }

    /// Can't.
    #[super::alloc_budget(max = 1)]
    pub(super) fn infallible() -> super::Block {
        super::block(1)
    }
}

#[test]
fn calls_that_fail_may_be_left_out() {
    assert!(fails::parse("one").is_err());
    assert_budget("fails::parse", || fails::parse("1"));
    fails::infallible();
}
