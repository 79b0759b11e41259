//! `VecDeque`, `BinaryHeap` and `LinkedList`.

use std::collections::{BinaryHeap, LinkedList, VecDeque};
use std::hint::black_box;

use super::{Workload, consume, leak, workload};

/// 4 bytes each.
fn queue(count: u32) -> VecDeque<u32> {
    black_box((0..count).collect::<Vec<_>>()).into()
}

pub(super) const TABLE: &[Workload] = &[
    workload("queue, pushed to both ends", [6, 1008, 0, 0], |_| {
        let mut queue = VecDeque::new();
        (0..50_u32).for_each(|n| {
            queue.push_back(n);
            queue.push_front(n);
        });
        consume(queue);
    }),
    workload("queue from a vector and back", [1, 400, 0, 0], |_| consume(Vec::from(queue(100)))),
    workload("queue, turning at its capacity", [1, 400, 0, 0], |_| {
        let mut queue = queue(100);
        (0..1000).for_each(|n| {
            queue.pop_front();
            queue.push_back(n);
        });
        queue.make_contiguous();
        consume(queue);
    }),
    workload("queue, one past the capacity", [2, 1200, 1, 800], |_| {
        let mut queue = queue(100);
        queue.push_back(100);
        leak(queue);
    }),
    workload("queue, shrunk", [2, 440, 1, 40], |_| {
        let mut queue = queue(100);
        queue.drain(..90);
        queue.shrink_to_fit();
        leak(queue);
    }),
    workload("heap, pushed", [6, 1008, 0, 0], |_| {
        let mut heap = BinaryHeap::new();
        (0..100_u32).for_each(|n| heap.push(n));
        consume(heap);
    }),
    workload("heap from a vector, sorted", [1, 400, 0, 0], |_| {
        consume(black_box((0..100_u32).collect::<BinaryHeap<_>>()).into_sorted_vec());
    }),
    workload("heap, popped", [0, 0, -11, -293], |words| {
        let mut heap = BinaryHeap::from(std::mem::take(words));
        while let Some(word) = heap.pop() {
            consume(word);
        }
    }),
    workload("list", [10, 240, 0, 0], |_| consume((0..10).collect::<LinkedList<u64>>())),
    workload("list, split and appended", [10, 240, 10, 240], |_| {
        let mut front: LinkedList<u64> = black_box((0..10).collect());
        let mut back = front.split_off(5);
        back.append(&mut front);
        leak(back);
    }),
    workload("list, cloned", [20, 480, 0, 0], |_| {
        consume(black_box((0..10).collect::<LinkedList<u64>>()).clone());
    }),
    workload("list, popped mid-way", [10, 240, 7, 168], |_| {
        let mut list: LinkedList<u64> = black_box((0..10).collect());
        consume([list.pop_front(), list.pop_back(), list.pop_front()]);
        leak(list);
    }),
];
