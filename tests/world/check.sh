# check.sh - all tests: the package built with its unit tests, then every file of
# tests/regress in a world of its own, then whether each promise has its test.
# Sourced by tests/bastion.
# shellcheck shell=bash

PASSED=0 FAILED=0 SKIPPED=0

# result ok|failed|skipped NAME [SECONDS [FILE]]: count it, show it
result() {
	case $1 in
	ok) PASSED=$((PASSED + 1)) ;;
	failed) FAILED=$((FAILED + 1)) ;;
	skipped) SKIPPED=$((SKIPPED + 1)) ;;
	esac
	printf '%-8s %s%s\n' "$1" "$2" "${3:+ ($3 s)}"
	echo "$1 $2 ($SUITE)" >>"$CACHE/results"
	[[ $1 == ok || ! -e ${4:-} ]] || sed 's/^/    /' "$4"
}

may_skip() { grep -q "^$1[[:space:]]" "$HERE/regress/SKIPS"; }

# the unit tests as the package's build ran them
unit_results() { # DIR
	local trs name found=
	mkdir "$1/unit"
	tar -C "$1/unit" -xzf "$1/unit.tar.gz" 2>/dev/null || :
	while IFS= read -r trs; do
		found=1
		name=${trs#"$1/unit/"}
		name=${name%.trs}
		case $(sed -n 's/^:global-test-result: *//p' "$trs") in
		PASS | XFAIL) result ok "$name" ;;
		SKIP)
			if may_skip "$name"; then result skipped "$name"
			else result failed "$name (skipped, but not listed in tests/regress/SKIPS)"; fi
			;;
		*) result failed "$name" '' "${trs%.trs}.log" ;;
		esac
	done < <(find "$1/unit" -name '*.trs' | sort)
	[[ -n $found ]] || result failed "unit tests (none ran)"
}

# the build with its unit tests, in LOGS/unit
check_unit() {
	local dir=$LOGS/unit began=$SECONDS rc=0
	mkdir "$dir"
	say "building the package with its unit tests"
	build_package "$dir" "" || rc=$?
	rm -f "$dir/source.tar"
	unit_results "$dir"
	if ((rc == 0)); then
		result ok "package build" $((SECONDS - began))
	else
		show_end "$dir/build.log" >"$dir/end"
		result failed "package build" $((SECONDS - began)) "$dir/end"
	fi
}

# the directory of the .deb that check_unit left, or nothing
built_already() { ! ls "$LOGS"/unit/*.deb >/dev/null 2>&1 || echo "$LOGS/unit"; }

# A test that failed beside another is tried once more by itself: machines are
# noisy.  It is said, and the logs of the first time are kept.
declare -A RUNNING=() BEGAN=() TRIED=()
AGAIN=()

# setting NAME KEY: what a line "# KEY: VALUE" of that test says
#   world    NAME=VALUE, for the world's own start
#   product  the variant of the product that it runs with
#   timeout  seconds, where 300 are not enough
#   layers   `tools`, `iam`: what else lies over the root (root.sh)
setting() { sed -n "s/^# $2: //p" "$HERE/regress/$1.sh"; }

# need_products NAME...: the product, and the variants that these tests run with
declare -A LAYERS=()
need_products() {
	local variant
	need_product "$(built_already)" || return
	LAYERS[-]=$PRODUCT_DIR
	for variant in $(for name; do setting "$name" product; done | sort -u); do
		need_product '' "$variant" || return
		LAYERS[-$variant]=$PRODUCT_DIR
	done
}

# need_layers NAME...: those that these tests ask for.  One that can't be had is said
# and left out: the test will not find what it needs, and fail.
declare -A EXTRA=()
need_layers() {
	local layer
	for layer in $(for name; do setting "$name" layers; done | tr ' ' '\n' | sort -u); do
		("need_$layer") || continue	# first where dying does no harm
		"need_$layer"
		case $layer in
		tools) EXTRA[tools]=$TOOLS ;;
		iam) EXTRA[iam]=$IAM ;;
		esac
	done
}

# the layers of test NAME, each with a colon behind it
layers_of() {
	local layer
	for layer in $(setting "$1" layers); do
		printf '%s' "${EXTRA[$layer]:+${EXTRA[$layer]}:}"
	done
}

# start_test NAME; the package that it runs with is /out/s3jit.deb
start_test() {
	local dir=$LOGS/$1 seconds product
	mkdir -p "$dir/logs"
	product=${LAYERS[-$(setting "$1" product)]}
	seconds=$(setting "$1" timeout)
	cp "$product"/*.deb "$dir/s3jit.deb"
	WORLD_ENV="$(setting "$1" world)${S3JIT_SEED:+ S3JIT_SEED=$S3JIT_SEED}" start_world full "$product/layer:$(layers_of "$1")$ROOT" "$dir" timeout -k 5 "${S3JIT_TEST_TIMEOUT:-${seconds:-300}}" \
		bash "/src/tests/regress/$1.sh" </dev/null >"$dir/output" 2>&1
	RUNNING[$CHILD]=$1
	BEGAN[$1]=$SECONDS
}

end_test() { # waits for any one
	local pid rc=0 name
	wait -n -p pid "${!RUNNING[@]}" || rc=$?
	name=${RUNNING[$pid]}
	unset "RUNNING[$pid]" "CHILDREN[$pid]"
	((rc != 124)) || echo "not ok - timed out" >>"$LOGS/$name/output"
	if ((rc != 0 && rc != 77)) && [[ -z ${TRIED[$name]:-} ]]; then
		TRIED[$name]=$LOGS/$name.first
		AGAIN+=("$name")
		mv "$LOGS/$name" "${TRIED[$name]}"
		printf 'again    %s (%s s); failed:\n' "$name" $((SECONDS - BEGAN[$name]))
		grep -A 8 '^not ok' "${TRIED[$name]}/output" | sed 's/^/    /'
		return
	fi
	case $rc in
	0) result ok "$name" $((SECONDS - BEGAN[$name])) ;;
	77) result skipped "$name" '' "$LOGS/$name/output" ;;
	*) result failed "$name" $((SECONDS - BEGAN[$name])) "$LOGS/$name/output" ;;
	esac
	((rc != 0)) || rm -rf "${LOGS:?}/$name"
}

# tests/requirements, with the results of now and of earlier runs; its control
# first: a promise that nobody keeps is seen
check_requirements() {
	local wrong=$LOGS/requirements
	if "$HERE/requirements" --wrong --list <(cat "$HERE/requirements.list"; echo 'H99  made up') >"$wrong" ||
		! grep -q '^without a test .* H99$' "$wrong"; then
		result failed "requirements (the check itself)" '' "$wrong"
	elif "$HERE/requirements" --wrong >"$wrong"; then
		result ok requirements
		rm "$wrong"
	else
		result failed requirements '' "$wrong"
	fi
}

check() {
	local name names=() requirements=
	(($#)) || requirements=1
	for name; do
		name=${name##*/}
		name=${name%.sh}
		if [[ $name == requirements ]]; then
			requirements=1
			continue
		fi
		[[ -f $HERE/regress/$name.sh ]] || die "$name: no such test in tests/regress"
		names+=("$name")
	done
	need_host
	need_root
	mkdir -p "$CACHE/logs"
	# the logs of the last ten runs
	find "$CACHE/logs" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +10 |
		while read -r _ name; do rm -rf "$name"; done
	LOGS=$(mktemp -d "$CACHE/logs/$(date +%Y-%m-%dT%H%M%S)-XXXX")
	if (($# == 0)); then
		: >"$CACHE/results"
		check_unit
		for name in "$HERE"/regress/*.sh; do
			name=${name##*/}
			names+=("${name%.sh}")
		done
	fi
	if ((${#names[@]} == 0)); then
		: # no world is needed
	elif need_products "${names[@]}"; then
		need_layers "${names[@]}"
		for name in "${names[@]}"; do
			((${#RUNNING[@]} < JOBS)) || end_test
			start_test "$name"
		done
		while ((${#RUNNING[@]})); do end_test; done
		for name in "${AGAIN[@]}"; do
			start_test "$name"
			end_test
		done
	else
		result failed "installing the package, so none of tests/regress ran"
	fi
	[[ -z $requirements ]] || check_requirements
	[[ -e $LOGS/unit/end ]] || rm -rf "$LOGS/unit"
	((${#AGAIN[@]} == 0)) || say "failed at first and tried again: ${AGAIN[*]}"
	((FAILED + ${#AGAIN[@]} == 0)) || say "logs of what failed: $LOGS"
	rmdir "$LOGS" 2>/dev/null || :
	echo "$PASSED passed, $FAILED failed$( ((SKIPPED == 0)) || echo ", $SKIPPED skipped")"
	((FAILED == 0))
}
