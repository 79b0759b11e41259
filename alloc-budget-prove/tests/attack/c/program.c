/* In C, with what only its compilers do: switches split into cold parts, computed jumps, chosen functions, long jumps. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
typedef long (*step)(long);
NOINLINE long clean(long x) { return x * 3 + 1; }
NOINLINE long dirty(long x) { void *p = malloc(x); long r = (long)p; free(p); return r; }
NOINLINE __attribute__((cold)) long cold_dirty(long x) { return dirty(x) + 1; }
volatile long v;

NOINLINE
long a_cold_table(unsigned op, long x) {
    switch (op) {
    case 0: v = 1; return clean(x);
    case 1: v = 2; return clean(x + 1) + 2;
    case 2: v = 3; return x * 5;
    case 3: v = 7; return cold_dirty(x);
    case 4: v = 4; return x ^ 9;
    case 5: v = 9; return clean(x) ^ 3;
    case 6: v = 11; return x - 3;
    default: return 0;
    }
}

NOINLINE
long a_computed_goto(unsigned char *program, long x) {
    static void *const steps[] = { &&add, &&twice, &&take, &&end };
    goto *steps[*program];
add: x += 3; program++; goto *steps[*program];
twice: x *= 2; program++; goto *steps[*program];
take: x += (long)malloc(x); program++; goto *steps[*program];
end: return x;
}

NOINLINE
long a_table_of_functions(unsigned i, long x) {
    static const step steps[4] = { clean, clean, dirty, clean };
    return steps[i & 3](x);
}

NOINLINE
long a_table_that_changes(unsigned i, long x) {
    static step steps[4] = { clean, clean, clean, clean };
    if (x == 77) steps[i & 3] = dirty;
    return steps[(i + 1) & 3](x);
}

static jmp_buf back;
NOINLINE
void a_jumps_back(long x) { longjmp(back, (int)x); }
NOINLINE
long a_comes_back_twice(long x) {
    if (setjmp(back)) return dirty(x);
    a_jumps_back(x);
    return 1;
}

static void handler(int signal) { v += (long)malloc(signal); }
NOINLINE
int a_raises(int n) { return raise(n); }

static step choose(void) { return v ? clean : dirty; }
long chosen(long) __attribute__((ifunc("choose")));
NOINLINE
long a_chosen_by_the_loader(long x) { return chosen(x) + 1; }

struct pair { step first; step second; };
NOINLINE void fill(struct pair *p) { p->second = v ? dirty : clean; }
NOINLINE
long a_filled_by_another(long x) {
    struct pair p = { clean, clean };
    fill(&p);
    return p.second(x) + p.first(x);
}

NOINLINE
long a_copied_over(step *from, long x) {
    step steps[4] = { clean, clean, clean, clean };
    memcpy(steps + 1, from, 16);
    return steps[2](x);
}

static int compare(const void *a, const void *b) { return (int)((long)malloc(3) + *(int *)a - *(int *)b); }
NOINLINE
void a_sorts(int *v, unsigned long n) { qsort(v, n, 4, compare); }

static void at_end(void) { v += (long)malloc(3); }
NOINLINE
void a_ends(int n) { atexit(at_end); exit(n); }

int main(int n, char **args) {
    signal(SIGUSR1, handler);
    step steps[2] = { dirty, clean };
    v = a_cold_table(n, n) + a_computed_goto((unsigned char *)args[0], n) + a_table_of_functions(n, n)
        + a_table_that_changes(n, n) + a_comes_back_twice(n) + a_raises(n) + a_chosen_by_the_loader(n)
        + a_filled_by_another(n) + a_copied_over(steps, n);
    a_sorts(&n, 1);
    a_ends(n);
}
