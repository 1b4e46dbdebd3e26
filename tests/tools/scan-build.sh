# scan-build's analyser (clang --analyze) over all C.
# layers: tools
# timeout: 1800
. /src/tests/world/tools.sh
need_tree

scan() { each_file clang --analyze --analyzer-output text -o /dev/null; }

scan >/tmp/log
# the path that leads to a finding is told in lines of its own
judge scan-build /tmp/log

plant planted.c <<'C'
int through(const int *p);
int through(const int *p) { if (p == 0) return *p; return 0; }
C
same "S10, control: a planted null dereference is found" "planted.c core.NullDereference" "$(scan | found)"
