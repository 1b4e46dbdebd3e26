# S5: with s3jit-imds.service nobody but root and the signer reaches the instance
# metadata service, at none of its addresses; containers do not, either.  The
# service stands behind a network of its own, as the cloud's does.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

unit=/usr/lib/systemd/system/s3jit-imds.service
addresses=(169.254.169.254 169.254.170.2 169.254.170.23 '[fd00:ec2::254]' '[fd00:ec2::23]')

# what the unit does at start, reload and stop
unit_does() { # Start|Reload|Stop
	local command
	command=$(sed -n "s/^Exec$1=//p" $unit)
	$command
}

# joined NAME NET: a network NAME, we are .1 and ::1 there, it is .2 and ::2
joined() {
	ip netns add "$1"
	ip link add "to-$1" type veth peer name uplink netns "$1"
	ip address add "10.$2.0.1/24" dev "to-$1"
	ip -6 address add "fd00:$2::1/64" dev "to-$1" nodad
	ip link set "to-$1" up
	ip -netns "$1" link set lo up
	ip -netns "$1" address add "10.$2.0.2/24" dev uplink
	ip -netns "$1" -6 address add "fd00:$2::2/64" dev uplink nodad
	ip -netns "$1" link set uplink up
	ip -netns "$1" route add default via "10.$2.0.1"
	ip -netns "$1" -6 route add default via "fd00:$2::1"
}

# the cloud: all of its addresses, behind one listener for IPv4 and IPv6
cloud() {
	local a
	joined cloud 80
	joined container 81
	ip address del 169.254.169.254/32 dev lo
	for a in "${addresses[@]}"; do
		a=${a//[][]/}
		if [[ $a == *:* ]]; then
			ip -netns cloud -6 address add "$a/128" dev lo nodad
			ip -6 route add "$a" via fd00:80::2
		else
			ip -netns cloud address add "$a/32" dev lo
			ip route add "$a" via 10.80.0.2
		fi
	done
	# of this world's network alone
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	mkdir /tmp/cloud
	echo keys >/tmp/cloud/index.html
	ip netns exec cloud python3 -m http.server -d /tmp/cloud -b :: 80 </dev/null >/dev/null 2>&1 &
	disown
}

fetch() { curl -sS --noproxy '*' --max-time "${2:-10}" "http://$1/" | grep -qx keys; }
fetch_as() { # USER ADDRESS
	setpriv --reuid "$1" --regid "$1" --clear-groups bash -c "$(declare -f fetch); fetch '$2'"
}
fetch_inside() { ip netns exec container bash -c "$(declare -f fetch); fetch '$1' 3"; }
# root of a user namespace of alice's
fetch_as_own_root() {
	setpriv --reuid alice --regid alice --clear-groups unshare -Ur bash -c "$(declare -f fetch); fetch '$1'"
}

all_fetch() { # FETCH...
	local a
	for a in "${addresses[@]}"; do "$@" "$a" || return 1; done
}
none_fetches() { # FETCH...
	local a
	for a in "${addresses[@]}"; do
		if "$@" "$a" 2>/dev/null; then echo "$a answers"; return 1; fi
	done
}

# the signer's own way first: its keys come from there, with the rules in place
sed -i 's/"file:.*"/"imds"/' /etc/s3jit/s3jit.conf
unit_does Start
aws_is ok ok
ok "S5: the signer gets its keys" as alice "$CREDENTIALS default | jq -e .SessionToken"
kill "$FAKE_AWS"

cloud
unit_does Stop
ok "control: without the rules it can be reached" until_true 200 all_fetch fetch_as alice
ok "control: from a container, too" until_true 200 all_fetch fetch_inside

unit_does Start
ok "S5: root reaches it" all_fetch fetch_as root
ok "S5: the signer reaches it" all_fetch fetch_as s3jit-signer
for user in alice s3jit nobody; do
	ok "S5: $user does not" none_fetches fetch_as $user
done
ok "S5: root of a user namespace is not root" none_fetches fetch_as_own_root
ok "S5: a container does not" none_fetches fetch_inside
refuses "S5: who tries is told at once" 7 "Couldn.t connect" setpriv --reuid alice --regid alice --clear-groups \
	curl -sS --max-time 20 http://169.254.169.254/

unit_does Reload
same "S5: a reload leaves one set of rules" 1 "$(nft list tables | grep -c s3jit)"
ok "S5: and they are in force" none_fetches fetch_as alice
nft flush ruleset	# what /etc/nftables.conf begins with
ok "control: a host's own rules take ours away" all_fetch fetch_as alice
unit_does Reload
ok "S5: a reload brings them back" none_fetches fetch_as alice
ok "S5: which comes with one of the host's own" grep -qx ReloadPropagatedFrom=nftables.service $unit
ok "S5: and a restart with a restart" grep -qx PartOf=nftables.service $unit
ok "S5: after them" grep -q '^After=.*nftables\.service' $unit
sed -i 's/{ root, s3jit-signer }/{ root, s3jit-signer, carol }/' /etc/s3jit/imds.nft
unit_does Reload
ok "S5: the administrator may let in another agent" all_fetch fetch_as carol
ok "S5: and nobody besides" none_fetches fetch_as alice
echo nonsense >/etc/s3jit/imds.nft
refuses "S5: rules that cannot be loaded" 1 "syntax error" unit_does Reload
ok "S5: leave those of before in force" none_fetches fetch_as alice
ok "S5: and the signer does not start without them" \
	grep -qx Requires=s3jit-imds.service /usr/lib/systemd/system/s3jit-signer.service
unit_does Stop
ok "control: it is these rules that keep alice away" all_fetch fetch_as alice
ok "S5: they are loaded before anybody can log in" grep -q '^Before=.*ssh.service sshd.service' $unit
