use std::alloc::Layout;

use crate::count::event::Event;
use crate::count::limit::Limit;
use crate::trace::blocks::{Block, Moment};
use crate::trace::call_site::Caller;
use crate::trace::store::{Freed, Group, MAX_BLOCKS, MAX_GROUPS, RETAINED, Store};

const ALLOCATIONS: u8 = Limit::Allocations.bit();
const BYTES: u8 = Limit::Bytes.bit();

/// Notes a block that passed some limits at a stack.
fn note(store: &mut Store, block: usize, passed: u8, stack: &[usize]) {
    store.note(&Event::Allocation { block, layout: Layout::new::<[u8; 10]>() }, passed, false, stack);
}

/// What each group passed, and how many events, live blocks and unknown blocks it has.
fn groups(store: &Store) -> Vec<(u8, u64, u64, u64)> {
    let row = |group: &Group| (group.passed, group.events.count, group.live.count, group.unknown.count);
    store.groups.as_slice().iter().map(row).collect()
}

fn freed(address: usize) -> Freed {
    Freed { address, at: Moment::now() }
}

fn free(mut store: Store) {
    store.groups.free();
    store.frames.free();
    store.blocks.free();
    store.freed.free();
}

#[test]
fn a_group_is_of_one_stack_and_what_it_passed() {
    let mut store = Store::EMPTY;
    for (passed, stack) in [
        (ALLOCATIONS, [1, 2]),
        (ALLOCATIONS, [1, 2]),
        (BYTES, [1, 2]),
        (ALLOCATIONS, [1, 3]),
        (ALLOCATIONS, [1, 2]),
    ] {
        note(&mut store, 1, passed, &stack);
    }
    assert_eq!(groups(&store), [(ALLOCATIONS, 3, 0, 0), (BYTES, 1, 0, 0), (ALLOCATIONS, 1, 0, 0)]);
    assert_eq!(store.blocks.len(), 0, "no block of these may be retained");
    store.note(
        &Event::Deallocation { block: 1, layout: Layout::new::<[u8; 10]>() },
        ALLOCATIONS,
        false,
        &[1, 2],
    );
    assert_eq!(groups(&store).len(), 4);
    free(store);
}

#[test]
fn only_live_blocks_are_an_offence_against_what_may_be_retained() {
    let mut store = Store::EMPTY;
    for block in 0..3 {
        note(&mut store, block, ALLOCATIONS | RETAINED, &[1]);
    }
    store.forget(0);
    let count = |exceeded| {
        let (offence, unknown) = store.groups.as_slice()[0].offence(exceeded);
        (offence.count, unknown.count)
    };
    assert_eq!([RETAINED, ALLOCATIONS, BYTES].map(count), [(2, 0), (3, 0), (0, 0)]);
    free(store);
}

#[test]
fn a_place_is_as_exact_as_is_known() {
    for (file, line, column, place) in [
        (Some("a.rs"), 3, 5, Some("a.rs:3:5")),
        (Some("a.rs"), 3, 0, Some("a.rs:3")),
        (Some("a.rs"), 0, 0, Some("a.rs")),
        (None, 3, 5, None),
    ] {
        let caller = Caller { file: file.map(str::to_owned), line, column, function: String::new() };
        assert_eq!(caller.place().as_deref(), place);
    }
}

#[test]
fn stacks_without_room_are_counted_by_what_they_passed() {
    let mut store = Store::EMPTY;
    for stack in 0..MAX_GROUPS + 3 {
        note(&mut store, 1, ALLOCATIONS, &[stack]);
    }
    note(&mut store, 1, BYTES, &[0]);
    note(&mut store, 1, ALLOCATIONS, &[0]);
    let groups = groups(&store);
    assert_eq!(groups.len(), MAX_GROUPS + 2);
    assert_eq!(groups[0], (ALLOCATIONS, 2, 0, 0));
    assert_eq!(groups[MAX_GROUPS..], [(ALLOCATIONS, 3, 0, 0), (BYTES, 1, 0, 0)]);
    let is_rest = |at: usize| store.groups.as_slice()[at].is_rest;
    assert!(!is_rest(MAX_GROUPS - 1) && is_rest(MAX_GROUPS));
    assert_eq!(store.frames.len(), MAX_GROUPS);
    free(store);
}

#[test]
fn the_room_of_what_is_freed_is_used_again() {
    let mut store = Store::EMPTY;
    for stack in 0..MAX_GROUPS {
        note(&mut store, stack, RETAINED, &[stack, 1]);
    }
    store.forget(7);
    note(&mut store, 1_000, RETAINED, &[1_000]);
    assert_eq!((store.groups.len(), store.frames.len()), (MAX_GROUPS, 2 * MAX_GROUPS));
    assert_eq!(groups(&store)[7], (RETAINED, 1, 1, 0));
    // More frames than there is room for, of a group that still has room for two.
    let at = store.blocks.as_slice().iter().position(|block| block.address == 1_000).unwrap();
    store.forget(at);
    note(&mut store, 1_001, RETAINED, &[1, 2, 3]);
    assert_eq!((store.groups.len(), store.frames.len()), (MAX_GROUPS, 2 * MAX_GROUPS + 3));
    // Of a group that something else is to be said about, nothing is.
    let at = store.blocks.as_slice().iter().position(|block| block.address == 3).unwrap();
    store.groups.as_mut_slice()[store.blocks.as_slice()[at].group].unknown.add(1);
    store.forget(at);
    note(&mut store, 1_002, RETAINED, &[1_002]);
    assert_eq!(store.groups.len(), MAX_GROUPS + 1);
    free(store);
}

#[test]
fn so_many_blocks_are_followed_and_no_more() {
    let mut store = Store::EMPTY;
    for block in 0..=MAX_BLOCKS {
        note(&mut store, block, RETAINED, &[1]);
        store.note_freed(freed(block));
    }
    let [blocks, unknown] = [MAX_BLOCKS as u64, 1];
    assert_eq!(groups(&store), [(RETAINED, blocks + 1, blocks, unknown)]);
    assert_eq!((store.blocks.len(), store.freed.len()), (MAX_BLOCKS, MAX_BLOCKS));
    free(store);
}

#[test]
fn of_others_only_what_concerns_the_limits_is_taken_in() {
    let (mut store, mut others) = (Store::EMPTY, Store::EMPTY);
    note(&mut others, 1, ALLOCATIONS, &[1]);
    note(&mut others, 2, ALLOCATIONS | RETAINED, &[2]);
    note(&mut others, 3, RETAINED, &[3]);
    store.absorb(&others, ALLOCATIONS);
    assert_eq!(groups(&store), [(ALLOCATIONS, 1, 0, 0), (ALLOCATIONS, 1, 0, 0)]);
    assert_eq!(store.blocks.len(), 0);
    store.absorb(&others, RETAINED);
    assert_eq!(groups(&store)[2..], [(RETAINED, 1, 1, 0), (RETAINED, 1, 1, 0)]);
    free(store);
    free(others);
}

#[test]
fn a_block_is_freed_by_whoever_frees_it_later_at_its_address() {
    let (mut store, mut others) = (Store::EMPTY, Store::EMPTY);
    store.note_freed(freed(1));
    note(&mut others, 1, RETAINED, &[1]);
    note(&mut others, 2, RETAINED, &[1]);
    store.note_freed(freed(2));
    store.absorb(&others, RETAINED);
    let live: Vec<_> = store.blocks.as_slice().iter().map(|block: &Block| block.address).collect();
    assert_eq!((live, store.freed.len()), (vec![1], 1));

    // The other way round, and the newest of two at one address.
    note(&mut store, 1, RETAINED, &[2]);
    let later = freed(1);
    note(&mut store, 1, RETAINED, &[3]);
    assert!(store.forget_freed(&later));
    assert_eq!(groups(&store), [(RETAINED, 2, 1, 0), (RETAINED, 1, 0, 0), (RETAINED, 1, 1, 0)]);
    assert!(!store.forget_freed(&freed(3)));
    free(store);
    free(others);
}
