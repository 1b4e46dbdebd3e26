# aws-forms.sh - AWS CLI commands under the permissions that s3-sudo derives from
# them, with every request recorded and judged.  Sourced after harness.sh.
#
#   forms_begin          the recorder, the judge, a rule for everything
#   fresh                the objects and files that the commands are about
#   form ARGS            `s3-sudo aws -- ARGS` succeeds; S3 was asked for nothing
#                        that the policy does not allow, refused nothing, and each
#                        permission was used
#   form_gap JQ ARGS     the same where a gateway may refuse what AWS allows, and
#                        only for the requests of that filter
#   judged               0 when all requests of the last form are allowed
# shellcheck shell=bash

RECORDING=/run/world/recording

forms_begin() {
	mkdir -p /tmp/judge
	: >/tmp/judge/config.h
	# shellcheck disable=SC2046 # options
	gcc -I/tmp/judge -I/src/tests/unit -o /tmp/judge/iam-judge /src/tests/world/iam-judge.c \
		/src/tests/unit/iam.c $(pkg-config --cflags --libs jansson)
	: >$RECORDING
	# shellcheck disable=SC2094 # it appends
	setsid /src/tests/world/s3-recorder $RECORDING </dev/null >/var/log/s3/recorder.out 2>&1 &
	until (exec 3<>/dev/tcp/127.0.0.2/443) 2>/dev/null; do sleep 0.05; done
	sed 's/^127.0.0.1 \(.*amazonaws\)/127.0.0.2 \1/' /etc/hosts >/tmp/hosts
	cat /tmp/hosts >/etc/hosts
	restart_signer
	# the role is not what narrows here
	echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}' >/tmp/wide.json
	/src/tests/world/s3-server role-policy s3jit-write wide /tmp/wide.json >/dev/null
	local verb bucket allow=
	for verb in list get put delete delete-version tag restore; do
		for bucket in prod-reports prod-versioned; do allow+="\"$verb s3://$bucket/*\", "; done
	done
	# one that is not there, and all that is done with it
	allow+='"create-bucket s3://prod-new", "delete-bucket s3://prod-new", "list s3://prod-new", "delete s3://prod-new/*"'
	echo "127.0.0.2 prod-new.s3.$REGION.amazonaws.com" >>/etc/hosts
	change_rules "/^rule \"scratch\"/i rule \"everything\" {\\
  groups = { \"analysts\" }\\
  allow = { $allow }\\
  role = \"arn:aws:iam::111122223333:role/s3jit-write\"\\
  auto = true\\
  max-ttl = \"15m\"\\
}"
	mkdir -p /home/alice/work/out/sub
	head -c 9437184 /dev/zero >/tmp/big
	/src/tests/world/s3-server api PUT "s3.$REGION.amazonaws.com" prod-reports/big -H 'x-amz-tagging: a=b' --data-binary @/tmp/big >/dev/null
}

fresh() {
	local key
	for key in src/a src/b src/sub/c dst/old; do echo "$key" | put_object "prod-reports/$key"; done
	rm -rf /home/alice/work/down
	echo f >/home/alice/work/f
	echo x >/home/alice/work/out/x
	echo y >/home/alice/work/out/sub/y
	chown -R alice: /home/alice/work
}

# what AWS would ask for what was asked of S3
needed() {
	jq -c 'select(.host | startswith("sts.") | not)' $RECORDING |
		/src/tests/world/s3-needs "s3.$REGION.amazonaws.com" >/tmp/judge/needed
}

judged() {
	# the login's own is made meanwhile, too
	jq -rs 'map(.form | select(.RoleArn // "" | endswith("/s3jit-write")).Policy)[-1]' $RECORDING >/tmp/judge/policy
	needed && [[ -s /tmp/judge/needed ]] &&
		/tmp/judge/iam-judge /tmp/judge/policy "$(date -u +%FT%TZ)" </tmp/judge/needed
}

# is there a request for which that permission is wanted?
used() { # VERB s3://...
	local actions resource=${2#s3://}
	case $1 in
	list) actions='s3:ListBucket(Versions)?' resource=${resource%%/*} ;;
	get) actions='s3:GetObject(Version)?(Tagging)?' ;;
	put) actions='s3:(PutObject|AbortMultipartUpload|ListMultipartUploadParts)' ;;
	delete) actions='s3:DeleteObject' ;;
	delete-version) actions='s3:DeleteObjectVersion' ;;
	tag) actions='s3:(Put|Delete)Object(Version)?Tagging' ;;
	restore) actions='s3:RestoreObject' ;;
	create-bucket) actions='s3:CreateBucket' resource=${resource%/} ;;
	delete-bucket) actions='s3:DeleteBucket' resource=${resource%/} ;;
	esac
	grep -qE "^$actions	arn:aws:s3:::${resource}[^	]*	(-|=$([[ $1 != list ]] || echo "${2#s3://*/}").*)$" /tmp/judge/needed
}

unused() {
	record | jq -rs 'map(select(.event == "asked"))[-1].scope[]' | while read -r verb uri; do
		used "$verb" "$uri" || echo "$verb $uri"
	done
}

form_try() { # RC-PATTERN JQ ARGS
	local rc=0 out bad
	: >$RECORDING
	out=$(as alice "cd work && s3-sudo aws -t 5m -r 'OPS-1 x' -- $3" 2>&1) || rc=$?
	bad=$(judged 2>&1) || bad="judged: ${bad:-no request was recorded}"
	[[ -n $bad || $rc != 0 ]] || bad=$(unused)
	[[ -n $bad ]] || bad=$(jq -c "select(.status == 403 and ($2 | not))" $RECORDING)
	if [[ $rc =~ ^($1)$ && -z $bad ]]; then
		passed "W4: aws $3"
	else
		failed "W4: aws $3" "exit code $rc: $out
$bad
$(cat /tmp/judge/needed)"
	fi
}
form() { form_try 0 false "$1"; }
form_gap() { form_try '[0-9]+' "$1" "$2"; }
