# root.sh - the pristine root under all worlds, made once and kept.
# Sourced by tests/bastion; needs die, say, CACHE, SUITE, HERE.
# shellcheck shell=bash

# Debian's own mirrors as this host knows them, else the public ones:
# sets MIRROR, SECURITY, UPDATES
# shellcheck disable=SC2016 # apt's variables
find_mirror() {
	local uri release
	MIRROR=${S3JIT_MIRROR:-} SECURITY='' UPDATES=''
	while read -r uri release; do
		# others, too, call their suites bookworm
		[[ $uri =~ ^(https?|file)://.*/debian(-security)?/?$ ]] || continue
		case $release in
		bookworm | trixie | forky | stable | testing) : "${MIRROR:=${uri%/}}" ;;
		*-updates) UPDATES=1 ;;
		*-security) SECURITY=${uri%/} ;;
		esac
	done < <(debian_host && apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Created-By: Packages' 'Component: main' 2>/dev/null | sort -u)
	if [[ -z $MIRROR ]]; then
		MIRROR=http://deb.debian.org/debian
		SECURITY=http://deb.debian.org/debian-security UPDATES=1
	fi
}

debian_host() { grep -qx 'ID=debian' /etc/os-release 2>/dev/null; }

# what running worlds needs of this host
need_host() {
	[[ $(uname -s) == Linux ]] || die "needs Linux"
	[[ $(id -u) == 0 ]] || die "must run as root (namespaces, overlay mounts): sudo tests/bastion $VERB"
	grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null ||
		die "this kernel has no overlay filesystem"
}

# what making a root needs, installed where missing
need_debootstrap() {
	local missing=() get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends)
	command -v debootstrap >/dev/null || missing+=(debootstrap)
	[[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || missing+=(debian-archive-keyring)
	((${#missing[@]})) || return 0
	command -v apt-get >/dev/null || die "needs Debian or Ubuntu; missing here: ${missing[*]}"
	say "installing ${missing[*]} on this machine"
	"${get[@]}" install "${missing[@]}" >/dev/null 2>&1 ||
		{ "${get[@]}" update && "${get[@]}" install "${missing[@]}"; } >&2 ||
		die "could not install ${missing[*]}"
}

root_hash() {
	{ echo "$SUITE"; grep -E '^([^#]|#recipe)' "$HERE/world/packages"; } | sha256sum | cut -c1-12
}

# sets ROOT to a complete root, made now if there is none; holds a shared lock
# on it for as long as this process lives
need_root() {
	local log began=$SECONDS
	mkdir -p "$CACHE"
	ROOT=$CACHE/$SUITE-$(root_hash)
	exec {ROOT_LOCK}>>"$ROOT.lock"
	if [[ ! -d $ROOT ]]; then
		flock -n "$ROOT_LOCK" || say "waiting for another process that makes the root"
		flock "$ROOT_LOCK"
	fi
	if [[ ! -d $ROOT ]]; then
		need_debootstrap
		find_mirror
		(($(df -Pk "$CACHE" | awk 'NR == 2 { print $4 }') > 3000000)) ||
			die "$CACHE: less than 3 GB free"
		log=$CACHE/make-root.log
		: >"$log"
		rm -rf "$ROOT.new"
		say "making the root for $SUITE from $MIRROR (once; kept in $ROOT)"
		MIRROR=$MIRROR SECURITY=$SECURITY UPDATES=$UPDATES LOG=$log \
			run_child unshare --mount --pid --ipc --uts --fork --kill-child --propagation private \
			--mount-proc "$HERE/world/make-root" "$SUITE" "$ROOT.new" ||
			{ rm -rf "$ROOT.new"; die "could not make the root; the whole log: $log"; }
		mv "$ROOT.new" "$ROOT"
		say "root made in $((SECONDS - began)) s, $(du -sh "$ROOT" | cut -f1)"
	fi
	flock -s "$ROOT_LOCK"
	touch "$ROOT.lock"
	forget_old_roots
}

# other recipes' roots of this suite that nobody has used for a week
forget_old_roots() {
	local lock
	find "$CACHE" -maxdepth 1 -name "$SUITE-*.lock" -mtime +7 | while read -r lock; do
		[[ $lock != "$ROOT.lock" ]] || continue
		flock -n "$lock" rm -rf "${lock%.lock}" "$lock"
	done
}
