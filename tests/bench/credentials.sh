# credentials: s3jit-credentials from the broker's and signer's memory against true
. /src/tests/bench/common.sh
as alice "/usr/libexec/s3jit/s3jit-credentials default >/dev/null
$BENCH/pairs -n ${TIMES:-300} true /bin/true -- 's3jit-credentials default' /usr/libexec/s3jit/s3jit-credentials default"
