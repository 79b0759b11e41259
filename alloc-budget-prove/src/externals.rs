//! What functions of other files do, as far as proofs take it for granted.
//!
//! A name alone says nothing: another library may have one of the same. So the symbol must be bound
//! to a version of the library that the table is about.

use crate::image::External;

/// What calling a function of another file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// It neither allocates nor frees on the program's heap.
    Clean,
    Allocates,
    Frees,
    /// Both: it moves a block.
    Reallocates,
    /// It begins a panic, or goes on with one.
    Panics,
    /// It ends the process, without running any more of the program.
    Ends,
    /// It runs code of the program, or leaves in a way that is not followed.
    Leaves,
    /// It makes the system call that its first argument says.
    SystemCall,
}

const LIBRARIES: [&str; 8] = [
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "ld-linux-x86-64.so.2",
    "libstdc++.so.6",
];

/// What a function of another file does, if that is known.
pub(crate) fn class(external: &External) -> Option<Class> {
    let class = by_name(&external.name);
    // Whoever is named so may also allocate without being the library's.
    if matches!(class, Some(Class::Allocates | Class::Frees | Class::Reallocates)) {
        return class;
    }
    class.filter(|_| is_of_system(external))
}

/// Whether it is bound to a version of the system's libraries.
pub(crate) fn is_of_system(external: &External) -> bool {
    let is_there = external.library.as_deref().is_some_and(|library| LIBRARIES.contains(&library));
    let sets = ["GLIBC_", "GCC_", "GLIBCXX_", "CXXABI_"];
    is_there
        && external.version.as_deref().is_some_and(|version| sets.iter().any(|set| version.starts_with(set)))
}

/// By the name that the library's documentation has. Allocators that are linked into a program have
/// the same.
pub(crate) fn by_name(name: &str) -> Option<Class> {
    TABLE.iter().find(|(_, names)| names.split(' ').any(|known| known == name)).map(|(class, _)| *class)
}

/// What each does, by its name. Asking the system for pages counts as an allocation: it is no block
/// of the heap, but what allocators take their blocks from.
const TABLE: [(Class, &str); 14] = [
    (
        Class::Allocates,
        "malloc calloc posix_memalign aligned_alloc memalign valloc pvalloc strdup strndup wcsdup \
         asprintf vasprintf getline getdelim open_memstream fopen fopen64 fdopen opendir fdopendir \
         scandir getaddrinfo realpath dlopen dlsym pthread_create pthread_setspecific \
         pthread_key_create __cxa_thread_atexit_impl __cxa_allocate_exception qsort setlocale \
         newlocale setenv putenv tmpfile popen printf fprintf puts mmap mmap64 mremap brk sbrk \
         __libc_malloc __libc_calloc __libc_memalign _Znwm _Znam _ZnwmRKSt9nothrow_t \
         _ZnamRKSt9nothrow_t _ZnwmSt11align_val_t _ZnamSt11align_val_t",
    ),
    (Class::Reallocates, "realloc reallocarray __libc_realloc"),
    (
        Class::Frees,
        "free cfree __libc_free free_sized free_aligned_sized fclose closedir pthread_join \
         pthread_detach freeaddrinfo _ZdlPv _ZdaPv _ZdlPvm _ZdaPvm _ZdlPvSt11align_val_t \
         _ZdaPvSt11align_val_t _ZdlPvmSt11align_val_t _ZdaPvmSt11align_val_t",
    ),
    (
        Class::Panics,
        "_Unwind_Resume _Unwind_RaiseException _Unwind_Resume_or_Rethrow __cxa_rethrow __cxa_throw",
    ),
    (Class::Ends, "abort _exit _Exit __stack_chk_fail __assert_fail __fortify_fail __chk_fail"),
    // Handlers run, or code elsewhere on the stack.
    (Class::Leaves, "exit quick_exit pthread_exit longjmp siglongjmp _longjmp __longjmp_chk thrd_exit"),
    (Class::SystemCall, "syscall"),
    // They move, compare and search bytes.
    (
        Class::Clean,
        "memcpy memmove memset memcmp bcmp memchr memrchr rawmemchr memmem mempcpy strlen strnlen \
         strcmp strncmp strchr strrchr strstr strcpy strncpy strcat strncat stpcpy __memcpy_chk \
         __memmove_chk __memset_chk __strcpy_chk explicit_bzero",
    ),
    // They compute.
    (
        Class::Clean,
        "sin cos tan sinf cosf tanf sincos sincosf asin acos atan atan2 asinf acosf atanf atan2f sinh \
         cosh tanh sinhf coshf tanhf asinh acosh atanh asinhf acoshf atanhf exp expf exp2 exp2f exp10 \
         exp10f expm1 expm1f log logf log2 log2f log10 log10f log1p log1pf pow powf sqrt sqrtf cbrt \
         cbrtf hypot hypotf fmod fmodf remainder fma fmaf floor floorf ceil ceilf round roundf trunc \
         truncf rint rintf nearbyint nearbyintf roundeven roundevenf ldexp ldexpf frexp frexpf modf \
         modff tgamma tgammaf lgamma_r lgammaf_r fmin fmax fminf fmaxf fdim fdimf copysign copysignf \
         abs labs erf erff erfc erfcf",
    ),
    // They ask the system, and keep nothing.
    (
        Class::Clean,
        "read write readv writev pread pwrite pread64 pwrite64 lseek lseek64 close fcntl fcntl64 \
         ioctl poll ppoll select open open64 openat openat64 fstat fstat64 stat stat64 lstat lstat64 \
         fstatat64 statx dirfd isatty fsync fdatasync ftruncate ftruncate64 dup dup2 pipe pipe2 \
         eventfd getrandom access unlink rename mkdir rmdir chdir readlink munmap madvise mprotect \
         mlock",
    ),
    (
        Class::Clean,
        "socket bind listen connect accept accept4 shutdown recv recvfrom recvmsg send sendto sendmsg \
         getsockopt setsockopt getsockname getpeername epoll_create1 epoll_ctl epoll_wait sendfile \
         splice",
    ),
    // Time, and who runs.
    (
        Class::Clean,
        "clock_gettime clock_getres gettimeofday time nanosleep clock_nanosleep usleep sched_yield \
         sched_getaffinity sched_getcpu getpid getppid gettid getuid geteuid getgid getegid \
         getenv secure_getenv getauxval gnu_get_libc_version",
    ),
    // Locks and threads that already run. What the assumptions say of mutexes holds.
    (
        Class::Clean,
        "pthread_self pthread_equal pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock \
         pthread_rwlock_rdlock pthread_rwlock_wrlock pthread_rwlock_unlock pthread_cond_signal \
         pthread_cond_broadcast pthread_cond_wait pthread_cond_timedwait pthread_spin_lock \
         pthread_spin_unlock pthread_getspecific sem_post sem_wait sem_trywait pthread_setname_np \
         pthread_sigmask sigemptyset sigaddset",
    ),
    // A thread's own variables are made when the thread or its library begins.
    (Class::Clean, "__errno_location __tls_get_addr __h_errno_location"),
];

/// What a call of the system's does.
pub(crate) fn of_system(number: u64) -> Option<Class> {
    match number {
        // read, write, open, close, stat, fstat, lstat, poll, lseek; pread to writev; access;
        // sched_yield; nanosleep; getpid; socket to getpeername; fcntl; gettid; futex; epoll;
        // clock_gettime; openat; getrandom; statx
        0..=8
        | 16..=21
        | 24
        | 35
        | 39
        | 41..=55
        | 72
        | 186
        | 202
        | 228..=230
        | 232
        | 233
        | 257
        | 262
        | 318
        | 332 => Some(Class::Clean),
        // mmap, brk, mremap
        9 | 12 | 25 => Some(Class::Allocates),
        // exit, exit_group
        60 | 231 => Some(Class::Ends),
        _ => None,
    }
}
