# The build with sanitizers is one, its processes report where the harness looks,
# and a report fails a test.
# product: sanitizers
. /src/tests/world/harness.sh

programs=(/usr/sbin/s3jitd /usr/sbin/s3jit-signer /usr/bin/s3-sudo /usr/bin/s3-approve /usr/bin/s3-audit
	/usr/libexec/s3jit/* "$(echo /usr/lib/*/security/pam_s3jit.so)")
has_both() {
	local file rc=0
	for file; do
		[[ $(readelf -Ws "$file") == *'UND __asan_init'* ]] || { echo "$file: no ASan"; rc=1; }
		[[ $(readelf -d "$file") == *'[libubsan'* ]] || { echo "$file: no UBSan"; rc=1; }
	done
	return $rc
}
ok "S10: every program and the module are built with both" has_both "${programs[@]}"
refuses "control: others are not" 1 'true: no ASan' has_both /bin/true
same "nothing is reported so far" "" "$(sanitizer_reports)"

# what a wild pointer would do
wild() { # PID
	kill -SEGV "$1"
	until_true 100 test ! -d "/proc/$1" || :
	sanitizer_reports | grep -m 1 -o 'AddressSanitizer: SEGV'
}
reports_of() { # LABEL PID
	same "S10: $1 that reads a wild pointer is reported" "AddressSanitizer: SEGV" "$(wild "$2")"
	rm -f "$REPORTS"/*
}
reports_of "the broker" "$(daemon_pid s3jitd)"
reports_of "the signer" "$(daemon_pid s3jit-signer)"
world_start_signer
world_start_broker
ask alice one 's3-sudo run --allow "put s3://prod-reports/x" -r "OPS-1 x" -- true'
reports_of "a client" "$(pgrep -u alice -x s3-sudo-client)"

# the kind that UBSan finds, in a program that is built as ours are
cat >/tmp/shift.c <<'C'
#include <stdlib.h>
int main(int argc, char **argv) { return 1 << atoi(argv[argc - 1]); }
C
gcc -fsanitize=address,undefined -fno-sanitize-recover=undefined -o /tmp/shift /tmp/shift.c
/tmp/shift 99 2>>/var/log/s3jit/planted.out || :
same "S10: what is undefined is reported" "shift exponent" "$(sanitizer_reports | grep -o 'shift exponent')"
rm /var/log/s3jit/planted.out

# and what the harness makes of a report
printf '. /src/tests/world/harness.sh\nok yes true\necho ERROR >%s/report.1\n' "$REPORTS" >/tmp/planted.sh
refuses "S10: a report fails a test that is otherwise well" 1 '^not ok - a sanitizer reported' bash /tmp/planted.sh
rm -f "$REPORTS"/*
