# put: one object of 1 KiB, 8 MiB and 256 MiB with s3-sudo put (asked, recorded,
# signed request by request) against curl, rclone and the AWS CLI with a standing key
. /src/tests/bench/common.sh
. /srv/s3/env
host=prod-reports.s3.$REGION.amazonaws.com
export AWS_ACCESS_KEY_ID=$ADMIN_KEY AWS_SECRET_ACCESS_KEY=$ADMIN_SECRET AWS_DEFAULT_REGION=$REGION
export AWS_EC2_METADATA_DISABLED=true
printf '[s3]\ntype = s3\nprovider = Ceph\nenv_auth = true\nregion = %s\nendpoint = https://s3.%s.amazonaws.com\n' \
	"$REGION" "$REGION" >"$BENCH/rclone.conf"
cat >"$BENCH/curl-put" <<SH
#!/bin/sh
exec curl -sSf --aws-sigv4 aws:amz:$REGION:s3 -u "$ADMIN_KEY:$ADMIN_SECRET" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -T "\$1" "https://$host/scratch/curl"
SH
cat >"$BENCH/s3-put" <<SH
#!/bin/sh
exec s3-sudo put -r "OPS-1 bench" -t 5m "\$1" s3://prod-reports/scratch/s3jit
SH
chmod 755 "$BENCH/curl-put" "$BENCH/s3-put"
login alice alice
for size in 1024:30 8388608:20 268435456:3; do
	bytes=${size%:*} times=${TIMES:-${size#*:}}
	head -c "$bytes" /dev/urandom >"$BENCH/file"
	chmod 644 "$BENCH/file"
	echo "-- $bytes bytes"
	# alice's login is what s3-sudo needs; the others run as root beside it
	as alice "$BENCH/pairs -n $times 'curl (floor)' $BENCH/curl-put $BENCH/file -- 's3-sudo put' $BENCH/s3-put $BENCH/file" 2>&1 | grep -E 'median|ratio'
	"$BENCH/pairs" -n "$times" 'curl (floor)' "$BENCH/curl-put" "$BENCH/file" -- rclone \
		rclone --config "$BENCH/rclone.conf" --s3-no-check-bucket --ignore-times copyto "$BENCH/file" s3:prod-reports/scratch/rclone
	"$BENCH/pairs" -n "$((times < 8 ? times : 8))" 'curl (floor)' "$BENCH/curl-put" "$BENCH/file" -- 'aws s3 cp' \
		aws s3 cp --no-progress "$BENCH/file" s3://prod-reports/scratch/aws
done
