# cppcheck over all C.  Not asked: for threads, of which there are none (threads.sh),
# so getpwnam(), readdir() and their like may be; and for NULL that ends variable arguments, which
# is a pointer wherever this runs.
# layers: tools
# timeout: 900
. /src/tests/world/tools.sh
need_tree

cat >/tmp/suppressed <<'S'
missingIncludeSystem
varFuncNullUB
readdirCalled
getpwuidCalled
getpwnamCalled
getpwentCalled
getgrgidCalled
strtokCalled
S
look() {
	cppcheck -q -j"$(nproc)" --project=compile_commands.json --enable=warning,performance,portability \
		--library=posix --library=gnu --suppressions-list=/tmp/suppressed \
		--template='{file}:{line}: {message} [{id}]' 2>&1
}

look >/tmp/log
judge cppcheck /tmp/log

plant planted.c <<'C'
int past(void);
int past(void) { int a[4] = { 0 }; return a[4]; }
C
same "S10, control: a planted read past the end is found" "planted.c arrayIndexOutOfBounds" "$(look | found)"
