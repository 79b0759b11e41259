double log2(double);
int getpid(void);
__attribute__((noinline))
double a_foreign_log2(double x) { return log2(x) + 1; }
__attribute__((noinline))
int a_foreign_getpid(int x) { return getpid() + x; }
int main(int n, char **v) { return (int)a_foreign_log2(n) + a_foreign_getpid(n); }
