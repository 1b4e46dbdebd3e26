# gcc -fanalyzer over all C.
# Leaks are not its matter here: ours are kept in structs that tables describe by
# offset, which it cannot follow; LeakSanitizer and valgrind see them in running
# tests.  In tests, cmocka's assertions look to it like calls that return.
# by-name: what it says of code that came later is not judged yet (ACCEPTED)
# layers: tools
# timeout: 900
. /src/tests/world/tools.sh
need_tree

analyse() { each_file gcc -O1 -fanalyzer -Wno-analyzer-malloc-leak -o /dev/null; }

analyse >/tmp/all
grep -vE '^tests/.*\[-Wanalyzer-(possible-)?(null|use-of-uninit)' /tmp/all >/tmp/log || :
judge analyzer /tmp/log

plant planted.c <<'C'
#include <stdlib.h>
int twice(void);
int twice(void) { char *p = malloc(1); free(p); free(p); return 0; }
C
same "S10, control: a planted double free is found" "planted.c -Wanalyzer-double-free" "$(analyse | found)"
