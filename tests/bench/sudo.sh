# sudo: an auto-approved s3-sudo run against sudo -n, both running true
. /src/tests/bench/common.sh
echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/bench
as alice "$BENCH/pairs -n ${TIMES:-100} 'sudo -n true' sudo -n true -- 's3-sudo run -- true' \
	s3-sudo run --allow 'put s3://prod-reports/scratch/x' -r 'OPS-1 bench' -t 1m -- true" 2>&1 | grep -E 'median|ratio'
sts_times | spread "of that, AssumeRole" ms
as alice "$BENCH/pairs -n ${TIMES:-100} 'sudo -n true' sudo -n true -- 's3-sudo status' s3-sudo status"
as alice "$BENCH/pairs -n ${TIMES:-100} true true -- 's3-sudo status --prompt' s3-sudo status --prompt"
