# Who starts threads: of ours the client of people, and s3jitd one that does nothing but
# read and write the record's files (store_vfs.h), one thing at a time.  What else could
# race are processes, which tests of their own play.
. /src/tests/world/harness.sh

starts_threads() { # FILE...
	local file
	for file; do
		[[ $(readelf -Ws "$file") != *'UND pthread_create'* ]] || echo "$file"
	done
}
module=$(echo /usr/lib/*/security/pam_s3jit.so)
programs=(/usr/sbin/s3jitd /usr/sbin/s3jit-signer /usr/bin/s3-{sudo,approve,audit} /usr/libexec/s3jit/* "$module")
ok "all are there" test -f "${programs[0]}" -a -f "$module" -a "${#programs[@]}" -ge 8
same "S10: of ours only these start a thread" "/usr/sbin/s3jitd
/usr/libexec/s3jit/s3-sudo-client" "$(starts_threads "${programs[@]}")"
same "S10, control: one that does is seen" /usr/sbin/rsyslogd "$(starts_threads /usr/sbin/rsyslogd /bin/true)"
