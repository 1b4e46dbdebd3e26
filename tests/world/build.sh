# build.sh - the package, built and installed once per state of the source tree.
# Sourced by tests/bastion; needs die, say, world, CACHE, SRC, HERE, ROOT.
# shellcheck shell=bash

# every file of the source as it lies there, committed or not
source_files() {
	local file
	if [[ -e $SRC/.git ]] && command -v git >/dev/null; then
		git -C "$SRC" -c safe.directory='*' ls-files -z -co --exclude-standard
	else
		(cd "$SRC" && find . -path ./.git -prune -o \( -type f -o -type l \) -printf '%P\0')
	fi | while IFS= read -r -d '' file; do
		# git also lists what was deleted but not yet from its index
		[[ ! -e $SRC/$file && ! -L $SRC/$file ]] || printf '%s\0' "$file"
	done
}

# the listed files as an archive that depends on their content alone, and not on
# who checked them out with which umask
pack() {
	tar -C "$SRC" --no-recursion --null --files-from=- --sort=name --mtime=2024-01-01Z \
		--owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' --format=gnu -cf -
}

SOURCE_HASH=''
# what the package is made of: all but tests and prose
source_hash() {
	source_files | grep -zvE '^(\.ci/|tests/.*[^m]$|[A-Z]*\.md$)' | pack |
		sha256sum | cut -c1-16
}

# what a variant of the product is configured with; '' is the product itself
declare -A VARIANTS=(
	[fault-points]=--enable-fault-points
	[sanitizers]=--enable-sanitizers=/var/log/sanitizers
)

# start_package DIR OPTIONS [VARIANT]: a child that builds the .deb of the tree into
# DIR, the log beside it; OPTIONS as in DEB_BUILD_OPTIONS
start_package() {
	local dir=$1 options=noautodbgsym,$2 variant=${3:-}
	# a report without names says nothing
	[[ $variant != sanitizers ]] || options+=,nostrip
	source_files | pack >"$dir/source.tar" || return
	WORLD_ENV="DEB_BUILD_OPTIONS=$options${variant:+ S3JIT_CONFIGURE=${VARIANTS[$variant]}}${S3JIT_SEED:+ S3JIT_SEED=$S3JIT_SEED}" \
		start_world bare "$ROOT" "$dir" /src/tests/world/build-package >"$dir/build.log" 2>&1
}

build_package() {
	start_package "$@" && end_child "$CHILD"
}

install_package() {
	local dir=$1
	mkdir "$dir/layer" "$dir/work" || return
	LAYER=$dir world bare "$ROOT" "$dir" \
		bash -c 'dpkg --force-unsafe-io -i /out/*.deb' >"$dir/install.log" 2>&1 || return
	rm -rf "$dir/work"
}

# sets PRODUCT to a layer with the package of this tree installed, PRODUCT_DIR to
# where it and the .deb lie, made now if there is none; from the .deb in DIR if
# given.  A shared lock keeps it while we live.
need_product() { # [DIR [VARIANT]]
	local variant=${2:-}
	if [[ -n $variant && -z ${VARIANTS[$variant]:-} ]]; then
		say "$variant: no such variant of the product"
		return 1
	fi
	mkdir -p "$CACHE/product"
	# one that was made earlier, whatever the tree says by now (for work on tests)
	if [[ -n ${S3JIT_PRODUCT:-} ]]; then
		PRODUCT_DIR=$S3JIT_PRODUCT${variant:+.$variant} PRODUCT=$PRODUCT_DIR/layer
		[[ -d $PRODUCT ]] || { say "$PRODUCT_DIR: no product there"; return 1; }
		return 0
	fi
	SOURCE_HASH=${SOURCE_HASH:-$(source_hash)}	# once: what is edited meanwhile is for the next run
	PRODUCT_DIR=$CACHE/product/${ROOT##*/}-$SOURCE_HASH${variant:+.$variant}
	# shellcheck disable=SC2034 # for tests/bastion
	PRODUCT=$PRODUCT_DIR/layer
	exec {PRODUCT_LOCK}>>"$PRODUCT_DIR.lock"
	[[ -d $PRODUCT_DIR ]] || flock "$PRODUCT_LOCK"
	[[ -d $PRODUCT_DIR ]] || make_product "$PRODUCT_DIR" "${1:-}" "$variant" || return
	flock -s "$PRODUCT_LOCK"
	touch "$PRODUCT_DIR" "$PRODUCT_DIR.lock"
	forget_old_products
}

make_product() { # DIR DIR-OF-A-.deb|'' VARIANT
	local began=$SECONDS new=$1.new
	if [[ ! -d $SRC/debian ]]; then
		say "there is no debian/ folder in $SRC to build a package from"
		return 1
	fi
	rm -rf "$new"
	mkdir "$new"
	if [[ -n $2 ]]; then
		cp "$2"/*.deb "$new/"
	else
		say "building the package${3:+ with $3}"
		if ! build_package "$new" "nocheck,parallel=$(nproc)" "$3"; then
			say "the package does not build; from $(show_end "$new/build.log")"
			return 1
		fi
	fi
	if ! install_package "$new"; then
		say "the package does not install; from $(show_end "$new/install.log")"
		return 1
	fi
	mv "$new" "$1"
	say "package built and installed in $((SECONDS - began)) s"
}

# what a log says of errors, and how it ends
show_end() { # FILE
	local errors
	errors=$(grep -E '(error|undefined reference|warning): |\*\*\*|^FAIL|^ERROR' "$1" | tail -n 20)
	printf '%s:\n%s\n...\n%s\n' "$1" "$errors" "$(tail -n 6 "$1")" | cut -c1-200
}

# keeps the twelve used last, four for each state of the source, and whatever is in use
forget_old_products() {
	local lock
	find "$CACHE/product" -maxdepth 1 -name '*.lock' -printf '%T@ %p\n' | sort -rn | tail -n +13 |
		while read -r _ lock; do
			flock -n "$lock" rm -rf "${lock%.lock}" "${lock%.lock}.new" "$lock" || :
		done
}
