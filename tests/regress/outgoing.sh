# B13: in a day's main work the daemons open no connection but the signer's to STS
# and, where keys that are out are refused by AWS, to IAM and for the probe to S3;
# the broker opens none.  The packet filter notes all that they begin.
# world: REVOCATION=deny
. /src/tests/world/harness.sh

# names of their own addresses, so that it shows who was meant
declare -A ADDRESS=([sts]=127.0.0.21 [iam]=127.0.0.22 [s3]=127.0.0.1)
sed -i "s/ sts.$REGION.amazonaws.com iam.amazonaws.com//" /etc/hosts
echo "${ADDRESS[sts]} sts.$REGION.amazonaws.com
${ADDRESS[iam]} iam.amazonaws.com" >>/etc/hosts
nft -f - <<-NFT
	table ip watched {
		set opened { type uid . ipv4_addr . inet_proto . inet_service; size 65535; flags dynamic; }
		chain out {
			type filter hook output priority raw;
			meta skuid { s3jit, s3jit-signer } ip protocol tcp tcp flags & (syn | ack) == syn \
				add @opened { meta skuid . ip daddr . ip protocol . tcp dport }
			meta skuid { s3jit, s3jit-signer } ip protocol != tcp \
				add @opened { meta skuid . ip daddr . ip protocol . th dport }
		}
		chain nat {
			type nat hook output priority -100;
			ip daddr { ${ADDRESS[sts]}, ${ADDRESS[iam]} } tcp dport 443 dnat to 127.0.0.1:443
		}
	}
	table ip6 watched {
		set opened { type uid . ipv6_addr . inet_service; size 65535; flags dynamic; }
		chain out {
			type filter hook output priority raw;
			meta skuid { s3jit, s3jit-signer } meta l4proto { tcp, udp } add @opened { meta skuid . ip6 daddr . th dport }
		}
	}
NFT
# lines "USER ADDRESS PORT"
opened() {
	nft -j list ruleset | jq -r '.nftables[].set | select(. != null and .name == "opened") | .elem[]? |
		(.elem.val? // .) | .concat | "\(.[0]) \(.[1]) \(.[-1])"' | while read -r uid rest; do
		[[ $uid != *[!0-9]* ]] && uid=$(id -un "$uid")
		echo "$uid $rest"
	done | sort -u
}
planted() { # USER ADDRESS PORT
	setpriv --reuid "$1" --regid "$1" --clear-groups timeout 2 bash -c ": <>/dev/tcp/$2/$3" 2>/dev/null || :
}

restart_signer
change_rules -e ''
echo one | file_of alice report.csv
ok "reading" until_true 200 as alice '/usr/libexec/s3jit/s3jit-credentials default >/dev/null'
ask alice one "s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'"
approve bob "$REQUEST"
ok "a put that bob approved" wait_screen one 'Write access ended' 30
same "it is there" one "$(object prod-reports/2026/report.csv)"
ok "a command with keys" as alice "s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 5m -r x -- aws s3 cp report.csv s3://prod-reports/scratch/y"
login alice two
type two "s3-sudo open --allow 'put s3://prod-reports/scratch/' -t 5m -r x"
wait_screen two 'Open until'
type two '/usr/libexec/s3jit/s3jit-credentials s3-write | wc -c'
wait_screen two '^[0-9]+ *$'
type two 's3-sudo close'
ok "what was open is closed, and refused at AWS" wait_screen two '^Closed' 30
ok "auditing" as erin 's3-audit verify'

meant=("s3jit-signer ${ADDRESS[sts]} 443" "s3jit-signer ${ADDRESS[iam]} 443" "s3jit-signer ${ADDRESS[s3]} 443")
same "B13: the signer went to STS, IAM and S3, nobody anywhere else" "$(printf '%s\n' "${meant[@]}" | sort)" "$(opened)"
planted s3jit 10.77.0.11 22
planted s3jit-signer 10.77.0.12 8443
planted s3jit-signer ::1 9
meant+=("s3jit 10.77.0.11 22" "s3jit-signer 10.77.0.12 8443" "s3jit-signer ::1 9")
same "B13, control: others that are planted are seen" "$(printf '%s\n' "${meant[@]}" | sort)" "$(opened)"
