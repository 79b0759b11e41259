/* An address in the middle of code, which the loader must write there. */
int main(void);
__asm__(".text\n.balign 8\n.quad main\n");
int main(void) { return 0; }
