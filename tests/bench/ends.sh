# ends: how soon power is there, and how long it goes on after it was taken away;
# S3 here follows at once, where AWS says "a few minutes at most"
. /src/tests/bench/common.sh
TIMES=${TIMES:-200}
revoke_at_aws

measure() { # WHAT LABEL
	as alice "PYTHONPATH=/src/tests/world python3 /src/tests/bench/ends.py $1 $TIMES" | spread "$2" ms
}
measure open "claim -> first PUT of a shell"
measure sign "revoke -> signature refused"
measure deny "revoke -> AccessDenied"
measure stopped "the same, its client stopped"
