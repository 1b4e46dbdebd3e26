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
	local missing=()
	command -v debootstrap >/dev/null || missing+=(debootstrap)
	[[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || missing+=(debian-archive-keyring)
	((${#missing[@]} == 0)) || install_here "${missing[@]}"
}

need_command() { command -v "$1" >/dev/null || install_here "$1"; }

install_here() { # PACKAGES
	local get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends)
	command -v apt-get >/dev/null || die "needs Debian or Ubuntu; missing here: $*"
	say "installing $* on this machine"
	"${get[@]}" install "$@" >/dev/null 2>&1 ||
		{ "${get[@]}" update && "${get[@]}" install "$@"; } >&2 ||
		die "could not install $*"
}

# what decides on what a list of packages gives
list_hash() { # FILE
	{ echo "$SUITE"; grep -E '^([^#]|#recipe)' "$1"; } | sha256sum | cut -c1-12
}

# sets ROOT to a complete root, made now if there is none; holds a shared lock
# on it for as long as this process lives
need_root() {
	mkdir -p "$CACHE"
	ROOT=$CACHE/$SUITE-$(list_hash "$HERE/world/packages")
	made_once "$ROOT" "the root for $SUITE" "$HERE/world/packages"
	forget_old_roots
}

# sets TOOLS to a layer over ROOT with what takes the code apart (analysers,
# fuzzers), made and kept like it; a world on "$TOOLS:$ROOT" has them
need_tools() {
	local dir
	need_root
	dir=$ROOT.tools-$(list_hash "$HERE/world/packages-tools")
	made_once "$dir" "the layer of tools for $SUITE" "$HERE/world/packages-tools" "$ROOT"
	# shellcheck disable=SC2034 # for whoever starts a world
	TOOLS=$dir/layer
}

# sets IAM to a layer with the modules of tests/iam, exactly those of its lock file;
# npm is this machine's, installed where missing
need_iam() {
	local dir lock
	dir=$CACHE/iam-$(cat "$HERE"/iam/package*.json | sha256sum | cut -c1-12)
	exec {lock}>>"$dir.lock"
	[[ -d $dir ]] || flock "$lock"
	if [[ ! -d $dir ]]; then
		need_command npm
		say "fetching the IAM evaluator (once; kept in $dir)"
		rm -rf "$dir.new"
		mkdir -p "$dir.new/layer/usr/local/lib/iam"
		cp "$HERE"/iam/package*.json "$dir.new/layer/usr/local/lib/iam/"
		run_child npm ci --prefix "$dir.new/layer/usr/local/lib/iam" --ignore-scripts --no-audit --no-fund \
			>"$dir.log" 2>&1 || { tail -n 5 "$dir.log" >&2; die "npm could not fetch what tests/iam needs"; }
		mv "$dir.new" "$dir"
	fi
	flock -s "$lock"
	touch "$dir.lock"
	# shellcheck disable=SC2034 # for whoever starts a world
	IAM=$dir/layer
}

# made_once DIR WHAT PACKAGES [BASE]: as make-root does
made_once() {
	local dir=$1 what=$2 log=$1.log began=$SECONDS lock
	exec {lock}>>"$dir.lock"
	if [[ ! -d $dir ]]; then
		flock -n "$lock" || say "waiting for another process that makes $what"
		flock "$lock"
	fi
	if [[ ! -d $dir ]]; then
		need_debootstrap
		find_mirror
		(($(df -Pk "$CACHE" | awk 'NR == 2 { print $4 }') > 3000000)) ||
			die "$CACHE: less than 3 GB free"
		: >"$log"
		rm -rf "$dir.new"
		say "making $what from $MIRROR (once; kept in $dir)"
		MIRROR=$MIRROR SECURITY=$SECURITY UPDATES=$UPDATES LOG=$log \
			run_child unshare --mount --pid --ipc --uts --fork --kill-child --propagation private \
			--mount-proc "$HERE/world/make-root" "$SUITE" "$dir.new" "${@:3}" ||
			{ rm -rf "$dir.new"; die "could not make $what; the whole log: $log"; }
		mv "$dir.new" "$dir"
		say "made in $((SECONDS - began)) s, $(du -sh "$dir" | cut -f1)"
	fi
	flock -s "$lock"
	touch "$dir.lock"
}

# other recipes' roots of this suite, and modules, that nobody has used for a week
forget_old_roots() {
	local lock
	find "$CACHE" -maxdepth 1 \( -name "$SUITE-*.lock" -o -name 'iam-*.lock' \) -mtime +7 | while read -r lock; do
		[[ $lock != "$ROOT.lock" ]] || continue
		flock -n "$lock" rm -rf "${lock%.lock}" "${lock%.lock}.new" "${lock%.lock}.log" "$lock"
	done
}
