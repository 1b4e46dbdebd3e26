# layers: tools iam
# timeout: 900
# W1, W2, W3, W12: session policies of random scopes, beside a bucket policy that
# names the session, judged by an IAM evaluator that is not ours; and it sees each
# way to spoil one.  S3JIT_SEED repeats a run.
. /src/tests/world/harness.sh

export IAM_MODULES=/usr/local/lib/iam/
work=$(mktemp -d)
seed=${S3JIT_SEED:-$(date +%s)}
echo "S3JIT_SEED=$seed"

[[ -d $IAM_MODULES/node_modules ]] || { failed "the IAM evaluator is there"; exit 1; }
same "exactly the one that the lock file names" "$(jq -r '.dependencies[]' /src/tests/iam/package.json)" \
	"$(jq -r .version "$IAM_MODULES/node_modules/@cloud-copilot/iam-simulate/package.json")"
: >"$work/config.h"
ok "what makes cases compiles" gcc -O2 -D_GNU_SOURCE -I"$work" -I/src/include -I/src -o "$work/cases" \
	/src/tests/unit/{policy_cases,meant,seed}.c /src/lib/*.c -ljansson -lcrypto
"$work/cases" 100 "$seed" >"$work/all"
node /src/tests/iam/judge.mjs <"$work/all" >"$work/said" 2>&1 || :
note "$(<"$work/said")"
same "W1, W3, W12: all is judged as meant" "judged as meant" "$(tail -n 1 "$work/said")"
ok "thousands of requests" test "$(sed -n 's/.*allowed, \([0-9]*\) denied.*/\1/p' "$work/said")" -gt 5000
for spoilt in 'a Deny of other actions removed' 'a Deny of other resources removed' 'a Deny of other prefixes removed' \
	'a Deny of the deadline removed' 'NotAction widened' 'NotResource widened' '${*} and ${?} unescaped'; do
	ok "W3, control: it sees $spoilt" grep -qE "^seen [0-9]+ times: ${spoilt//[\$\{\}\*\?]/.}$" "$work/said"
done
ok "W2, control: it sees the version dropped" grep -q '^seen .* the version dropped$' "$work/said"

# the judge of the judge: one request's meaning turned round is noticed (judge.mjs cannot ask for a key with a *)
head -n 1 "$work/all" | jq -c '(first(.requests[] | select(.key // "" | contains("*") | not)).want) |= not' >"$work/turned"
refuses "a request that is meant otherwise is noticed" 1 '^WRONG ' node /src/tests/iam/judge.mjs <"$work/turned"
