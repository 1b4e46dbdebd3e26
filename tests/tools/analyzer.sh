# gcc -fanalyzer over all C.
# Leaks are not its matter here: ours are kept in structs that tables describe by
# offset, which it cannot follow; LeakSanitizer and valgrind see them in running
# tests.  Without optimization, which takes away a malloc() whose memory is only
# freed, and folds conditions together that it understands one by one.
# layers: tools
# timeout: 900
. /src/tests/world/tools.sh
need_tree

analyse() { each_file gcc -O0 -fanalyzer -Wno-analyzer-malloc-leak -o /dev/null; }

analyse >/tmp/log
judge analyzer /tmp/log

plant planted.c <<'C'
#include <stdlib.h>
int twice(void);
int twice(void) { char *p = malloc(1); free(p); free(p); return 0; }
C
same "S10, control: a planted double free is found" "planted.c -Wanalyzer-double-free" "$(analyse | found)"
