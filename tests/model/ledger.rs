//! The model: a list of what happened for each scope, and a sum when it ends.

/// What happened, in the order in which it did: only one thread runs at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    Event(Event),
    Entered { scope: usize, has_peak: bool },
    Left(usize),
    ExemptBegan,
    ExemptEnded,
    Shared(usize),
    WorkBegan(usize),
    WorkEnded,
    PollBegan(usize),
    PollEnded(usize, PollEnd),
    FutureDropped(usize),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// The block and its size.
    Allocated(usize, i64),
    /// The old ones, and the new ones.
    Reallocated(usize, i64, usize, i64),
    Freed(usize, i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PollEnd {
    Pending,
    Ready,
    Panicked,
}

/// What a scope did, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) allocations: i64,
    pub(crate) reallocations: i64,
    pub(crate) deallocations: i64,
    pub(crate) bytes: i64,
    pub(crate) live: i64,
    pub(crate) peak: i64,
    pub(crate) largest_block: i64,
    /// Of its own blocks, as far as all that happened was done in the scope itself.
    pub(crate) surviving: i64,
    /// By how much its own blocks were larger when they were freed: other threads have reallocated
    /// them, or have freed them, and others were there then.
    pub(crate) grown: i64,
}

impl Sum {
    fn count(&mut self, event: Event) {
        match event {
            Event::Allocated(_, size) => {
                self.allocations += 1;
                self.bytes += size;
                self.live += size;
                self.largest_block = self.largest_block.max(size);
            }
            Event::Reallocated(_, old, _, new) => {
                self.allocations += 1;
                self.reallocations += 1;
                self.deallocations += 1;
                self.bytes += new;
                self.live += new - old;
                self.largest_block = self.largest_block.max(new);
            }
            Event::Freed(_, size) => {
                self.deallocations += 1;
                self.live -= size;
            }
        }
        self.peak = self.peak.max(self.live);
    }

    fn enter(&mut self, entry: &Entry) {
        match entry {
            Entry::Event(event) => self.count(*event),
            Entry::Handed(handed, above) => {
                let peak = match above {
                    Above::Live(bytes) => self.live + bytes,
                    Above::Peak(bytes) => self.peak + bytes,
                };
                self.peak = self.peak.max(peak);
                self.add(handed);
            }
        }
    }

    /// Adds all but the peak.
    fn add(&mut self, other: &Self) {
        self.allocations += other.allocations;
        self.reallocations += other.reallocations;
        self.deallocations += other.deallocations;
        self.bytes += other.bytes;
        self.live += other.live;
        self.largest_block = self.largest_block.max(other.largest_block);
    }
}

#[derive(Debug, Clone, Copy)]
enum Entry {
    Event(Event),
    /// Other threads' work for a scope inside, added at its end; and how far above what is live
    /// then its peak was.
    Handed(Sum, Above),
}

/// How high a peak was, of which it is not known when it was.
#[derive(Debug, Clone, Copy)]
enum Above {
    /// Above what is live at the end of a scope: those around it waited meanwhile.
    Live(i64),
    /// On top of whatever else there was: those around a future went on meanwhile, or a scope has
    /// noted no peak.
    Peak(i64),
}

/// What counts for one scope, for one future, for one piece of work, or for a thread as a whole.
#[derive(Debug, Default)]
struct Account {
    entries: Vec<Entry>,
    /// It is a scope's that notes peaks, for itself or for those around it: all that it did was
    /// done while they waited.
    has_peak: bool,
    /// A future's, where its last poll began.
    poll: usize,
    work: Option<usize>,
    /// A future's, a poll of which a scope around it has ended.
    is_torn: bool,
}

impl Account {
    fn sum(&self) -> Sum {
        self.sum_since(0)
    }

    /// All of it, with the peak since the entry `first`.
    fn sum_since(&self, first: usize) -> Sum {
        let mut sum = Sum::default();
        let (before, since) = self.entries.split_at(first);
        for entry in before {
            sum.enter(entry);
        }
        sum.peak = sum.live.max(0);
        for entry in since {
            sum.enter(entry);
        }
        (sum.surviving, sum.grown) = self.own_blocks();
        sum
    }

    /// The bytes of the blocks that were allocated here, and not freed here. And how many more
    /// those had that were.
    fn own_blocks(&self) -> (i64, i64) {
        let mut born: Vec<(usize, i64)> = Vec::new();
        let mut grown = 0;
        for entry in &self.entries {
            let Entry::Event(event) = entry else { continue };
            let (freed, allocated) = match *event {
                Event::Allocated(block, size) => (None, Some((block, size))),
                Event::Reallocated(old, old_size, block, size) => {
                    (Some((old, old_size)), Some((block, size)))
                }
                Event::Freed(block, size) => (Some((block, size)), None),
            };
            if let Some((freed, size)) = freed
                && let Some(at) = born.iter().rposition(|(block, _)| *block == freed)
            {
                grown += size - born.remove(at).1;
            }
            born.extend(allocated);
        }
        (born.iter().map(|(_, size)| size).sum(), grown)
    }
}

#[derive(Debug, Clone, Copy)]
enum Frame {
    Account(usize),
    Piece {
        account: usize,
        work: usize,
    },
    /// What is run through a handle, for whoever has that scope.
    Aside,
    Exempt,
}

impl Frame {
    fn account(&self) -> Option<usize> {
        match self {
            Self::Account(account) | Self::Piece { account, .. } => Some(*account),
            Self::Aside | Self::Exempt => None,
        }
    }
}

/// A thread, and how many scopes are open on it.
type Lane = (usize, usize);

/// What other threads do for a scope.
#[derive(Debug, Default)]
struct Work {
    is_closed: bool,
    running: usize,
    /// What has ended, apart where nothing ran in between: where it ran, and what it did.
    spells: Vec<Vec<(Lane, Sum)>>,
}

impl Work {
    fn sum(&self) -> Sum {
        let mut all = Sum::default();
        for spell in &self.spells {
            let mut peaks = 0;
            let mut lanes: Vec<_> = spell.iter().map(|(lane, _)| *lane).collect();
            lanes.sort_unstable();
            lanes.dedup();
            for lane in lanes {
                let (mut live, mut peak) = (0, 0);
                for (_, sum) in spell.iter().filter(|(other, _)| *other == lane) {
                    peak = peak.max(live + sum.peak);
                    live += sum.live;
                }
                peaks += peak;
            }
            all.peak = all.peak.max(all.live + peaks);
            for (_, sum) in spell {
                all.add(sum);
            }
        }
        all
    }
}

/// What is run through a handle.
#[derive(Debug, Clone, Copy)]
enum Run {
    /// In the innermost scope itself.
    Plain,
    /// For a scope that has ended, or for none.
    Uncounted,
    Counted {
        account: usize,
        work: usize,
        lane: Lane,
    },
}

/// What a scope must have measured at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    /// `None` where a scope around it has ended it.
    pub(crate) sum: Option<Sum>,
    /// All of it was done in the scope itself, and is in its report.
    pub(crate) has_all_call_sites: bool,
    /// Others may have worked for it, or on its blocks.
    pub(crate) is_shared: bool,
    /// It is a future's, a poll of which a scope around it has ended.
    pub(crate) is_torn: bool,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    accounts: Vec<Account>,
    works: Vec<Work>,
    stacks: Vec<Vec<Frame>>,
    handles: Vec<Option<usize>>,
    scopes: Vec<Option<usize>>,
    futures: Vec<usize>,
    /// What is being run through handles on a thread.
    pieces: Vec<Vec<Run>>,
    pub(crate) expected: Vec<Option<Expected>>,
    pub(crate) expected_of_futures: Vec<Option<Expected>>,
}

impl Ledger {
    pub(crate) fn new(threads: usize, scopes: usize, futures: usize, handles: usize) -> Self {
        // The first accounts are those of threads.
        let accounts = (0..threads + futures).map(|_| Account::default()).collect();
        Self {
            accounts,
            works: Vec::new(),
            stacks: vec![Vec::new(); threads],
            handles: vec![None; handles],
            scopes: vec![None; scopes],
            futures: (threads..threads + futures).collect(),
            pieces: vec![Vec::new(); threads],
            expected: vec![None; scopes],
            expected_of_futures: vec![None; futures],
        }
    }

    /// What a thread did, as far as it counts for anything.
    pub(crate) fn of_thread(&self, thread: usize) -> Sum {
        self.accounts[thread].sum()
    }

    pub(crate) fn replay(&mut self, thread: usize, what: What) {
        match what {
            What::Event(event) => self.post(thread, Entry::Event(event)),
            What::Entered { scope, has_peak } => {
                self.scopes[scope] = Some(self.accounts.len());
                self.stacks[thread].push(Frame::Account(self.accounts.len()));
                self.accounts.push(Account { has_peak, ..Account::default() });
            }
            What::Left(scope) => {
                if let Some(account) = self.scopes[scope] {
                    let ended = self.unwind_to(thread, account);
                    self.expected[scope] = Some(ended);
                }
            }
            What::ExemptBegan => self.stacks[thread].push(Frame::Exempt),
            What::ExemptEnded => {
                self.discard_counting(thread);
                self.stacks[thread].pop();
            }
            What::Shared(handle) => self.handles[handle] = self.share(thread),
            What::WorkBegan(handle) => self.begin_work(thread, handle),
            What::WorkEnded => self.end_work(thread),
            What::PollBegan(future) => {
                let account = self.futures[future];
                self.accounts[account].poll = self.accounts[account].entries.len();
                self.stacks[thread].push(Frame::Account(account));
            }
            What::PollEnded(future, end) => {
                let account = self.futures[future];
                if end == PollEnd::Panicked {
                    self.unwind_to(thread, account);
                } else {
                    self.suspend(thread, account);
                }
                if end == PollEnd::Ready {
                    self.expected_of_futures[future] = Some(self.close_future(thread, account));
                }
            }
            What::FutureDropped(future) => {
                self.close_future(thread, self.futures[future]);
            }
        }
    }

    /// What counts on a thread now, innermost last.
    fn counting(&self, thread: usize) -> &[Frame] {
        let stack = &self.stacks[thread];
        let is_floor = |frame: &Frame| matches!(frame, Frame::Exempt | Frame::Aside);
        &stack[stack.iter().rposition(is_floor).map_or(0, |at| at + 1)..]
    }

    fn post(&mut self, thread: usize, entry: Entry) {
        let counting = self.counting(thread).iter();
        let mut accounts: Vec<_> = counting.filter_map(Frame::account).collect();
        if !self.stacks[thread].iter().any(|frame| matches!(frame, Frame::Exempt)) {
            accounts.push(thread);
        }
        for account in accounts {
            self.accounts[account].entries.push(entry);
        }
    }

    fn position(&self, thread: usize, account: usize) -> Option<usize> {
        self.stacks[thread].iter().rposition(|frame| frame.account() == Some(account))
    }

    /// Ends an account's frame and all above it.
    fn unwind_to(&mut self, thread: usize, account: usize) -> Expected {
        let lost = Expected { sum: None, has_all_call_sites: false, is_shared: false, is_torn: false };
        let Some(at) = self.position(thread, account) else { return lost };
        let first_counting = self.stacks[thread].len() - self.counting(thread).len();
        if at < first_counting {
            // Exempt from what happens now, its end included.
            return lost;
        }
        self.suspend(thread, account);
        let poll = self.accounts[account].poll;
        self.close(thread, account, poll)
    }

    /// Ends the innermost frame without a result.
    fn discard(&mut self, thread: usize) {
        match self.stacks[thread].pop() {
            Some(Frame::Account(account)) => {
                let poll = self.accounts[account].poll;
                self.close(thread, account, poll);
                if self.futures.contains(&account) {
                    // The poll is lost, and what came before it is not.
                    self.accounts[account].entries.truncate(poll);
                    self.accounts[account].is_torn = true;
                }
            }
            // Its end will find that it is gone.
            Some(Frame::Piece { .. } | Frame::Aside | Frame::Exempt) | None => {}
        }
    }

    fn discard_counting(&mut self, thread: usize) {
        while !self.counting(thread).is_empty() {
            self.discard(thread);
        }
    }

    /// Takes a frame away, and all above it; says whether it was there.
    fn suspend(&mut self, thread: usize, account: usize) -> bool {
        let Some(at) = self.position(thread, account) else { return false };
        while self.stacks[thread].len() > at + 1 {
            self.discard(thread);
        }
        self.stacks[thread].pop();
        true
    }

    /// The end of a scope whose frame is gone, with its peak since the entry `first`.
    fn close(&mut self, thread: usize, account: usize, first: usize) -> Expected {
        let own = self.accounts[account].sum_since(first);
        let has_peak = self.accounts[account].has_peak;
        let above = |handed: &Sum| {
            if has_peak { Above::Live(own.peak + handed.peak - own.live) } else { Above::Peak(handed.peak) }
        };
        self.take_in(thread, account, own, above)
    }

    fn close_future(&mut self, thread: usize, account: usize) -> Expected {
        let own = self.accounts[account].sum();
        self.take_in(thread, account, own, |handed| Above::Peak(handed.peak))
    }

    /// Adds what other threads did for a scope, to itself and to those around it.
    fn take_in(
        &mut self,
        thread: usize,
        account: usize,
        own: Sum,
        above: impl Fn(&Sum) -> Above,
    ) -> Expected {
        let mut sum = own;
        let is_shared = self.accounts[account].work.is_some();
        if let Some(work) = self.accounts[account].work.take() {
            self.works[work].is_closed = true;
            let handed = self.works[work].sum();
            sum.add(&handed);
            sum.peak += handed.peak;
            self.post(thread, Entry::Handed(handed, above(&handed)));
        }
        let Account { entries, is_torn, .. } = &self.accounts[account];
        let has_all_call_sites = !is_torn && entries.iter().all(|entry| matches!(entry, Entry::Event(_)));
        let is_shared = is_shared || !has_all_call_sites;
        Expected { sum: Some(sum), has_all_call_sites, is_shared, is_torn: *is_torn }
    }

    fn share(&mut self, thread: usize) -> Option<usize> {
        match *self.counting(thread).last()? {
            Frame::Account(account) => {
                if self.accounts[account].work.is_none() {
                    self.accounts[account].work = Some(self.works.len());
                    self.works.push(Work::default());
                }
                self.accounts[account].work
            }
            Frame::Piece { work, .. } => Some(work),
            Frame::Aside | Frame::Exempt => None,
        }
    }

    fn begin_work(&mut self, thread: usize, handle: usize) {
        let work = self.handles[handle];
        let innermost = match self.counting(thread).last() {
            Some(Frame::Account(account)) => self.accounts[*account].work,
            Some(Frame::Piece { work, .. }) => Some(*work),
            _ => None,
        };
        if work.is_some() && work == innermost {
            self.pieces[thread].push(Run::Plain);
            return;
        }
        self.stacks[thread].push(Frame::Aside);
        let Some(work) = work.filter(|work| !self.works[*work].is_closed) else {
            self.pieces[thread].push(Run::Uncounted);
            return;
        };
        let account = self.accounts.len();
        self.accounts.push(Account::default());
        self.stacks[thread].push(Frame::Piece { account, work });
        let depth = self.stacks[thread].iter().filter_map(Frame::account).count();
        if self.works[work].running == 0 {
            self.works[work].spells.push(Vec::new());
        }
        self.works[work].running += 1;
        self.pieces[thread].push(Run::Counted { account, work, lane: (thread, depth) });
    }

    fn end_work(&mut self, thread: usize) {
        let run = self.pieces[thread].pop().unwrap();
        if let Run::Counted { account, work, lane } = run {
            self.suspend(thread, account);
            let sum = self.accounts[account].sum();
            self.works[work].running -= 1;
            if !self.works[work].is_closed {
                self.works[work].spells.last_mut().unwrap().push((lane, sum));
            }
        }
        if !matches!(run, Run::Plain) {
            self.discard_counting(thread);
            self.stacks[thread].pop();
        }
    }
}
