# clang-tidy over all C, with what .clang-tidy lists.
# layers: tools
# timeout: 900
. /src/tests/world/tools.sh
need_tree

tidy() { files | xargs -P "$(nproc)" -n 12 clang-tidy --quiet -p . 2>/dev/null || :; }

tidy >/tmp/log
judge clang-tidy /tmp/log

plant planted.c <<'C'
#include <string.h>
int wrong(const char *a, const char *b);
int wrong(const char *a, const char *b) { if (strcmp(a, b) == -1) return 1; return 0; }
C
cp /src/.clang-tidy .
same "S10, control: a planted wrong comparison is found" "planted.c bugprone-suspicious-string-compare" \
	"$(tidy | sed "s#^/tmp/planted/##" | found)"
