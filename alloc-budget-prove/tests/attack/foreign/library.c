#include <stdlib.h>
double log2(double x) { free(malloc((size_t)x)); return x; }
int getpid(void) { free(malloc(10)); return 1; }
