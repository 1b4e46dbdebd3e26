# bastion-host.sh - turns a bare world into the bastion host bastion-07 with its
# people, their laptops, logs, S3 and STS.  Sourced by init, run as root.
# shellcheck shell=bash

BASTION=10.77.0.1
# each person's login, groups on the bastion, and address of their laptop
# shellcheck disable=SC2054 # the commas are the groups'
PEOPLE=(
	alice:analysts:10.77.0.11
	bob:leads:10.77.0.12
	carol:leads:10.77.0.13
	dave:ops,leads:10.77.0.14
	erin:audit:10.77.0.15
	mallory::10.77.0.16
)
REGION=eu-central-1
BUCKETS=(prod-reports prod-versioned prod-billing prod-config)

# A second network, `outside`, holds the laptops: a login from the bastion itself
# is another thing than a login from elsewhere.
make_network() {
	local person
	ip address add 169.254.169.254/32 dev lo
	ip netns add outside
	{
		echo link add bastion0 type veth peer name laptops netns outside
		echo address add $BASTION/24 dev bastion0
		echo link set bastion0 up
	} | ip -batch -
	for person in "${PEOPLE[@]}"; do
		echo "address add ${person##*:}/24 dev laptops"
	done | ip -netns outside -batch -
	ip -netns outside link set laptops up
	ip -netns outside link set lo up
}

make_names() {
	local bucket s3=s3.$REGION.amazonaws.com
	{
		echo '127.0.0.1 localhost'
		echo '::1 localhost'
		echo "$BASTION bastion-07.example.net bastion-07"
		echo "127.0.0.1 $s3 sts.$REGION.amazonaws.com iam.amazonaws.com"
		for bucket in "${BUCKETS[@]}"; do echo "127.0.0.1 $bucket.$s3"; done
	} >/etc/hosts
	sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf
	echo bastion-07 >/etc/hostname
	[[ -s /etc/machine-id ]] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
}

make_people() {
	local person name groups group
	for group in analysts leads ops audit; do groupadd "$group"; done
	echo LANG=C.UTF-8 >/etc/default/locale
	mkdir -m 0700 /laptop
	for person in "${PEOPLE[@]}"; do
		IFS=: read -r name groups _ <<<"$person"
		useradd --create-home --shell /bin/bash --password '*' ${groups:+--groups "$groups"} "$name"
		install -d -m 0700 "/laptop/$name"
		ssh-keygen -q -t ed25519 -N '' -C "$name@laptop" -f "/laptop/$name/id"
		install -d -m 0700 -o "$name" -g "$name" "/home/$name/.ssh"
		install -m 0600 -o "$name" -g "$name" "/laptop/$name/id.pub" "/home/$name/.ssh/authorized_keys"
		echo 'PS1="\u\$ "' >>"/home/$name/.bashrc"
	done
	cat >/laptop/ssh_config <<-CONF
		Host *
		    UserKnownHostsFile /laptop/known_hosts
		    StrictHostKeyChecking yes
		    IdentitiesOnly yes
		    PreferredAuthentications publickey
		    KexAlgorithms curve25519-sha256
		    HostKeyAlgorithms ssh-ed25519
		    ControlMaster no
		    ConnectTimeout 10
		    LogLevel ERROR
	CONF
	echo "$BASTION,bastion-07.example.net $(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)" >/laptop/known_hosts
}

start_syslog() {
	cat >/etc/rsyslog.conf <<-'CONF'
		module(load="imuxsock")
		$FileOwner root
		$FileGroup adm
		$FileCreateMode 0640
		*.* action(type="omfile" file="/var/log/syslog" sync="on")
		auth,authpriv.* action(type="omfile" file="/var/log/auth.log" sync="on")
	CONF
	rsyslogd
}

start_journal() {
	mkdir -p /run/systemd/journal /var/log/journal /etc/systemd/journald.conf.d
	touch /run/systemd/journal/flushed
	printf '%s\n' '[Journal]' Storage=persistent ReadKMsg=no Audit=no RateLimitIntervalSec=0 \
		>/etc/systemd/journald.conf.d/world.conf
	/lib/systemd/systemd-journald >/var/log/journald.out 2>&1 &
	disown
}

start_sshd() {
	mkdir -p /run/sshd
	: >/etc/motd
	chmod -x /etc/update-motd.d/* 2>/dev/null || :
	printf '%s\n' 'UseDNS no' 'PrintLastLog no' 'MaxStartups 100' 'MaxSessions 50' 'PasswordAuthentication no' \
		>/etc/ssh/sshd_config.d/world.conf
	# a module with sanitizers in it wants them in its host from the start
	local -a sanitizers=()
	if product_installed && sanitized; then
		install -d -m 1777 "$REPORTS"
		sanitizers=(env "LD_PRELOAD=$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
			"ASAN_OPTIONS=detect_leaks=0:log_path=$REPORTS/report" "UBSAN_OPTIONS=log_path=$REPORTS/report")
	fi
	"${sanitizers[@]}" /usr/sbin/sshd
}

# the last thing of a world: what a failed test is understood from
world_keep_logs() {
	[[ -d /out/logs ]] || return 0
	cp -r /var/log/syslog /var/log/auth.log /var/log/s3jit /var/log/s3 "$REPORTS" /out/logs/ 2>/dev/null || :
}

world_up() {
	# shellcheck source=tests/world/product.sh
	. /src/tests/world/product.sh
	make_names
	/src/tests/world/s3-server start &
	local s3=$!
	make_network
	make_people
	start_syslog
	start_journal
	start_sshd
	wait $s3 || { echo "world: S3 did not start; see above" >&2; exit 1; }
	if product_installed; then world_start_product; fi
}
