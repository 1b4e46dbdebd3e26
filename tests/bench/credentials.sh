# credentials: s3jit-credentials from the broker's and signer's memory against true;
# then as an SDK asks under a grant of 5 minutes: 1,000 times, and what STS was asked
. /src/tests/bench/common.sh
as alice "/usr/libexec/s3jit/s3jit-credentials default >/dev/null
$BENCH/pairs -n ${TIMES:-300} true /bin/true -- 's3jit-credentials default' /usr/libexec/s3jit/s3jit-credentials default"

login alice one
type one "s3-sudo open --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x'"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
approve bob "$id"
wait_screen one '^Open until'
type one "$BENCH/pairs -n ${ASKED:-1000} true /bin/true -- 's3jit-credentials s3-write' /usr/libexec/s3jit/s3jit-credentials s3-write >pairs.out; echo over"
wait_screen one '^over$' 280
cat /home/alice/pairs.out
record "SELECT count(*) || ' lease(s) of STS for ${ASKED:-1000} questions'
	FROM leases WHERE id LIKE '$id%'"
