//! What every proof takes for granted.

/// What every proof takes for granted, in sentences for people.
pub const ASSUMPTIONS: [&str; 10] = [
    "The file that was read is the one that runs. Nothing is put before its libraries, as by `LD_PRELOAD`, and nothing changes its code.",
    "Functions keep to the System V ABI: they give back rbx, rbp, r12 to r15 and the stack pointer, and return to their caller.",
    "There is no undefined behaviour. Nobody writes outside of an object, nor over a return address through a pointer.",
    "Symbols name what they hold. A symbol with a name that the Rust compiler makes is of a function that it has made.",
    "In such functions, a table of jumps begins where its first entry is, and ends where an entry leads to no instruction of the function.",
    "Functions of glibc, libgcc and libm do what their documentation says. What they allocate for themselves does not count: a thread's \
     cache of blocks at its first `free`, its variables of libraries, and mutexes with priorities.",
    "What runs from the begin of a panic until it is caught is not looked at. From there on, all code is.",
    "Signal handlers, other threads, and what the caller drops afterwards are not part of the function.",
    "Memory that the loader makes read-only stays so.",
    "The program's allocator is the standard library's, one each way of which calls a function that is known by its name, or one of which \
     the caller has said where its code is.",
];
