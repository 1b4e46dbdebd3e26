# timeout: 900
# W3, W12: session policies of random scopes, of one and two verbs, judged by S3
# itself, also in buckets whose policies name the session.  S3JIT_SEED repeats a run.
. /src/tests/world/harness.sh
set -a
# shellcheck disable=SC1091 # made by s3-server
. /srv/s3/env
set +a
export REGION

work=$(mktemp -d)
seed=${S3JIT_SEED:-$(date +%s)}
echo "S3JIT_SEED=$seed"
: >"$work/config.h"
compile() { # PROGRAM FILE...
	ok "what makes cases compiles" gcc -O2 -D_GNU_SOURCE -I"$work" -I/src/include -I/src -o "$work/$1" "${@:2}" -ljansson -lcrypto
}

# the role may do all, so that what is refused the session's policy refuses
echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}' >"$work/all"
/src/tests/world/s3-server role-policy s3jit-write all "$work/all" >/dev/null
compile cases /src/tests/unit/{policy_cases,meant,seed}.c /src/lib/*.c
"$work/cases" 220 "$seed" $(($(date +%s) + 3600)) >"$work/policies"
python3 /src/tests/iam/rgw.py policies s3jit-write <"$work/policies" >"$work/said" 2>&1 || :
note "$(<"$work/said")"
same "W3, W12: S3 does what is meant" "as it should be" "$(tail -n 1 "$work/said")"
for spoilt in resources prefixes; do
	ok "W3, control: S3 does more with a Deny of other $spoilt removed" grep -q "^seen .* a Deny of other $spoilt removed$" "$work/said"
done
"$work/cases" 10 "$seed" $(($(date +%s) - 1)) >"$work/late"
python3 /src/tests/iam/rgw.py policies s3jit-write <"$work/late" >"$work/said" 2>&1 || :
ok "W8: and nothing after the deadline" grep -q ' 0 requests allowed, [1-9]' "$work/said"

# signatures of s3jit's own signer
compile signs /src/tests/unit/{sign_cases,seed}.c /src/signer/{sigv4,s3sign,s3form}.c /src/lib/*.c
assume s3jit-write | tr ' ' '\n' >"$work/keys"
"$work/signs" 600 "$seed" prod-reports "s3.$REGION.amazonaws.com" "$REGION" <"$work/keys" >"$work/signed"
python3 /src/tests/iam/rgw.py signatures <"$work/signed" >"$work/said" 2>&1 || :
note "$(<"$work/said")"
same "W13: S3 takes each signature over random keys and headers, and none with a change" "as it should be" "$(tail -n 1 "$work/said")"
for change in path method time header body; do
	ok "W13, control: a changed $change is refused" grep -q "^600 .*\"$change\": [1-9]" "$work/said"
done
