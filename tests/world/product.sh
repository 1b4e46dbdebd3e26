# product.sh - s3jit in a world: switched on, started, stopped.  Sourced by init
# and by the harness; run as root.
# shellcheck shell=bash

SIGNER_SOCKET=/run/s3jit-signer/sock
BROKER_SOCKETS=(/run/s3jit/root.sock /run/s3jit/user.sock)

product_installed() { [[ -x /usr/sbin/s3jitd ]]; }

# built with --enable-sanitizers; what they find they write to $REPORTS
REPORTS=/var/log/sanitizers
sanitized() { grep -qF libasan.so /usr/sbin/s3jitd; }

# a sanitizer's reports, if any; UBSan beside ASan knows stderr only, which is a
# daemon's .out file, and ends the process
sanitizer_reports() {
	find $REPORTS -type f -exec head -n 60 {} + 2>/dev/null || :
	grep -h ' runtime error: ' /var/log/s3jit/*.out 2>/dev/null || :
}

# what an administrator's set-up leaves behind
world_configure() {
	# shellcheck disable=SC1091 # made by s3-server
	. /srv/s3/env
	install -m 0644 /src/tests/world/s3jit.conf /etc/s3jit/s3jit.conf
	# "deny": AWS is told to refuse what was handed out
	[[ -z ${REVOCATION:-} ]] || sed -i "s|^aws {|&\n  revocation   = \"$REVOCATION\"\n  revoker-role = \"arn:aws:iam::111122223333:role/s3jit-revoker\"|" \
		/etc/s3jit/s3jit.conf
	install -m 0644 /srv/s3/tls/ca.pem /etc/s3jit/ca.pem
	install -m 0640 -g s3jit-signer /dev/null /etc/s3jit/signer.credentials
	# shellcheck disable=SC2153 # from env
	printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
		"$SIGNER_KEY" "$SIGNER_SECRET" >/etc/s3jit/signer.credentials
	# the login's profile finds the world's S3 by name; its CA is the system's too
	sed -i "s/^region *=.*/region = eu-central-1/" /etc/s3jit/aws-config
	systemd-tmpfiles --create s3jit.conf
	mkdir -p /var/log/s3jit
}

world_enable_logins() { DEBIAN_FRONTEND=noninteractive pam-auth-update --enable s3jit --package; }

# the pid of daemon $1, or nothing
daemon_pid() {
	local pid
	read -r pid 2>/dev/null <"/run/world/$1.pid" || return 0
	[[ ! -d /proc/$pid || $(readlink "/proc/$pid/exe") != "/usr/sbin/$1"* ]] || echo "$pid"
}

# the groups that the unit of NAME gives its USER
groups_of() {
	local more
	more=$(sed -n 's/^SupplementaryGroups=//p' "/usr/lib/systemd/system/$1.service" | tr ' ' ,)
	echo "$(id -G "$2" | tr ' ' ,)${more:+,$more}"
}

# start_daemon NAME USER [ARGUMENTS]: with DAEMON_ENV, as the unit would, with no way to more power
start_daemon() {
	local name=$1 user=$2
	shift 2
	mkdir -p /run/world
	setsid setpriv --reuid "$user" --regid "$user" --groups "$(groups_of "$name" "$user")" --no-new-privs \
		--inh-caps=-all --bounding-set=-all \
		env -i PATH=/usr/bin:/bin LANG=C.UTF-8 "${DAEMON_ENV[@]}" "/usr/sbin/$name" "$@" \
		</dev/null >>"/var/log/s3jit/$name.out" 2>&1 &
	echo $! >"/run/world/$name.pid"
	disown
}
DAEMON_ENV=()

listens_on() { ss -xlH src "$1" | grep -q .; }

# wait_daemon NAME SOCKET...: until it listens on all of them
wait_daemon() {
	local name=$1 socket i
	shift
	for socket; do
		for ((i = 0; ; i++)); do
			if listens_on "$socket"; then break; fi
			if ((i == 200)) || [[ ! -d /proc/$(<"/run/world/$name.pid") ]]; then
				echo "world: $name does not listen on $socket; it said:" >&2
				tail -n 10 "/var/log/s3jit/$name.out" >&2
				return 1
			fi
			sleep 0.05
		done
	done
}

stop_daemon() { # NAME [SIGNAL]
	local pid i
	pid=$(daemon_pid "$1")
	[[ -n $pid ]] || return 0
	kill -s "${2:-TERM}" "$pid"
	for ((i = 0; i < 200; i++)); do
		[[ -n $(daemon_pid "$1") ]] || return 0
		sleep 0.05
	done
	echo "world: $1 does not end on ${2:-TERM}" >&2
	return 1
}

# shellcheck disable=SC2120 # tests give options
world_start_signer() {
	start_daemon s3jit-signer s3jit-signer "$@"
	wait_daemon s3jit-signer $SIGNER_SOCKET
}
# shellcheck disable=SC2120
world_start_broker() {
	# shellcheck disable=SC2086 # options are words
	start_daemon s3jitd s3jit ${BROKER_OPTIONS:-} "$@"
	wait_daemon s3jitd "${BROKER_SOCKETS[@]}"
}
world_stop_signer() { stop_daemon s3jit-signer; }
world_stop_broker() { stop_daemon s3jitd "$@"; }
# shellcheck disable=SC2119
restart_signer() {
	world_stop_signer
	world_start_signer
}

# shellcheck disable=SC2119
world_start_product() {
	world_configure
	world_enable_logins
	world_start_signer
	world_start_broker
}
