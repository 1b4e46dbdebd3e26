# check.sh - all tests: the package built with its unit tests, then every file of
# tests/regress in a world of its own and every analyser of tests/tools, then whether
# each promise has its test.  Sourced by tests/bastion.
#
# A test is known by its NAME.  NAME@WHAT is the same in another suite
# (put-approved@trixie) or with a variant of the product (put-approved@sanitizers);
# a line "# also: WHAT..." in a test's head says with what it runs besides.
# shellcheck shell=bash

PASSED=0 FAILED=0 SKIPPED=0

# result ok|failed|skipped NAME [SECONDS [FILE]]: count it, show it, and keep it
# with its suite for tests/requirements
result() {
	local suite
	case $1 in
	ok) PASSED=$((PASSED + 1)) ;;
	failed) FAILED=$((FAILED + 1)) ;;
	skipped) SKIPPED=$((SKIPPED + 1)) ;;
	esac
	suite=$(suite_of "${2%% *}")
	local name=${2/@$suite/}
	[[ $name == */* || $(folder_of "${name%% *}") != tools ]] || name=tests/tools/$name
	printf '%-8s %s%s\n' "$1" "$name$([[ $suite == "$ASKED" ]] || echo "@$suite")" "${3:+ ($3 s)}"
	echo "$1 $name ($suite)" >>"$CACHE/results"
	[[ $1 == ok || ! -e ${4:-} ]] || sed 's/^/    /' "$4"
}

suite_of() { # NAME
	case ${1#*@} in
	bookworm | trixie) echo "${1#*@}" ;;
	*) echo "$SUITE" ;;
	esac
}

# the variant of the product that NAME runs with
variant_of() {
	if [[ $1 == *@* && -n ${VARIANTS[${1#*@}]:-} ]]; then echo "${1#*@}"
	else setting "$1" product; fi
}

may_skip() { grep -q "^${1/@$(suite_of "$1")/}[[:space:]]" "$HERE/regress/SKIPS"; }

# in_suite SUITE COMMAND...: with that suite's root
in_suite() {
	local SUITE=$1 ROOT
	shift
	need_root
	"$@"
}

# shellcheck source=tests/world/unit.sh
. "$HERE/world/unit.sh"

# A test that failed beside another is tried once more by itself: machines are
# noisy.  It is said, and the logs of the first time are kept.
declare -A RUNNING=() BEGAN=() TRIED=()
AGAIN=()

# setting NAME KEY: what a line "# KEY: VALUE" of that test says
#   world    NAME=VALUE, for the world's own start
#   product  the variant of the product that it runs with
#   timeout  seconds, where 300 are not enough
#   layers   `tools`, `iam`: what else lies over the root (root.sh)
#   also     with what else it runs
setting() { sed -n "s/^# $2: //p" "$HERE/$(folder_of "$1")/${1%@*}.sh"; }

# the folder of tests that has NAME, or nothing
folder_of() {
	local folder
	for folder in regress tools; do
		[[ ! -f $HERE/$folder/${1%@*}.sh ]] || echo "$folder"
	done
}

# need_products NAME...: roots, products and their variants that these tests run with
declare -A ROOTS=() LAYERS=()
need_products() {
	local name suite variant
	for name; do
		suite=$(suite_of "$name") variant=$(variant_of "$name")
		[[ $(folder_of "$name") == tools || -n ${LAYERS[$suite-$variant]:-} ]] ||
			in_suite "$suite" need_one_product "$variant" || return
	done
}

need_one_product() { # VARIANT
	need_product "$(built_already "$1")" "$1" || return
	LAYERS[$SUITE-$1]=$PRODUCT_DIR
	ROOTS[$SUITE]=$ROOT
}

# need_layers NAME...: those that these tests ask for.  One that can't be had is said
# and left out: the test will not find what it needs, and fail.
declare -A EXTRA=()
need_layers() {
	local name layer suite
	for name; do
		suite=$(suite_of "$name")
		for layer in $(setting "$name" layers); do
			[[ -n ${EXTRA[$suite-$layer]+tried} ]] || in_suite "$suite" need_one_layer "$layer"
		done
	done
}

need_one_layer() { # LAYER
	EXTRA[$SUITE-$1]=
	("need_$1") || return 0	# first where dying does no harm
	"need_$1"
	case $1 in
	tools) EXTRA[$SUITE-$1]=$TOOLS ;;
	iam) EXTRA[$SUITE-$1]=$IAM ;;
	esac
}

# the layers of test NAME, each with a colon behind it
layers_of() {
	local layer dir
	for layer in $(setting "$1" layers); do
		dir=${EXTRA[$(suite_of "$1")-$layer]:-}
		printf '%s' "${dir:+$dir:}"
	done
}

# what analysers look at, in the /out that they share
need_source() {
	[[ -d $LOGS/tools ]] || { mkdir "$LOGS/tools" && source_files | pack >"$LOGS/tools/source.tar"; }
}

# start_test NAME; the package that it runs with is /out/s3jit.deb
start_test() {
	local dir=$LOGS/$1 seconds suite product folder
	mkdir -p "$dir"
	folder=$(folder_of "$1") suite=$(suite_of "$1") seconds=$(setting "$1" timeout)
	[[ $1 != *@sanitizers ]] || seconds=$((${seconds:-300} * 2))
	local -a run=(timeout -k 5 "${S3JIT_TEST_TIMEOUT:-${seconds:-300}}" bash "/src/tests/$folder/${1%@*}.sh")
	if [[ $folder == tools ]]; then
		need_source
		start_world bare "$(layers_of "$1")$ROOT" "$LOGS/tools" "${run[@]}" </dev/null >"$dir/output" 2>&1
	else
		product=${LAYERS[$suite-$(variant_of "$1")]}
		mkdir "$dir/logs"
		cp "$product"/*.deb "$dir/s3jit.deb"
		WORLD_ENV="$(setting "$1" world)${S3JIT_SEED:+ S3JIT_SEED=$S3JIT_SEED}" \
			start_world full "$product/layer:$(layers_of "$1")${ROOTS[$suite]}" "$dir" "${run[@]}" \
			</dev/null >"$dir/output" 2>&1
	fi
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

# all_names FOLDER...: every test once, and with what it runs besides
all_names() {
	local file name what
	for file in $(printf "$HERE/%s/*.sh " "$@"); do
		name=${file##*/} name=${name%.sh}
		# one version of the analysers is enough, and what they find is judged for it
		[[ $file != */tools/* || $SUITE == bookworm ]] || continue
		echo "$name"
		for what in $(setting "$name" also); do
			[[ $what == "$SUITE" ]] || echo "$name@$what"
		done
	done
}

# a name as it was typed, if there is such a test
known_name() {
	local name=${1#*tests/} what
	name=${name#*/}
	name=${name/.sh/}
	what=${name#"${name%@*}"}
	[[ -n $(folder_of "$name") ]] || die "$1: no such test in tests/regress or tests/tools"
	[[ -z $what || $what == @bookworm || $what == @trixie || -n ${VARIANTS[${what#@}]:-} ]] ||
		die "$1: ${what#@} is neither a suite nor a variant of the product"
	[[ -z $what || $(folder_of "$name") == regress ]] || die "$1: the analysers look at one tree, in one suite"
	echo "$name"
}

# the logs of the last ten runs stay
new_logs() {
	mkdir -p "$CACHE/logs"
	find "$CACHE/logs" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +10 |
		while read -r _ name; do rm -rf "$name"; done
	LOGS=$(mktemp -d "$CACHE/logs/$(date +%Y-%m-%dT%H%M%S)-XXXX")
}

forget_good_builds() {
	local dir
	for dir in "$LOGS"/unit-*; do
		[[ -e $dir/end ]] || rm -rf "$dir"
	done
}

run_tests() { # NAME...
	local name
	for name; do
		((${#RUNNING[@]} < JOBS)) || end_test
		start_test "$name"
	done
	while ((${#RUNNING[@]})); do end_test; done
	for name in "${AGAIN[@]}"; do
		start_test "$name"
		end_test
	done
}

check() {
	ASKED=$SUITE
	local name names=() units=() requirements=
	need_host
	mkdir -p "$CACHE"
	if (($# == 0)); then
		: >"$CACHE/results"
		set -- units tools regress requirements
	fi
	for name; do
		case $name in
		requirements) requirements=1 ;;
		units)
			# the longest first
			units=("$SUITE:sanitizers" "$SUITE:")
			[[ $SUITE == trixie ]] || units+=(trixie:)
			;;
		tools | regress) mapfile -t -O ${#names[@]} names < <(all_names "$name") ;;
		*) names+=("$(known_name "$name")") || exit ;;
		esac
	done
	new_logs
	# shellcheck disable=SC2034 # for build.sh
	SOURCE_HASH=$(source_hash)	# of what the unit tests are built from, and so the package
	if ((${#units[@]})); then
		need_roots
		check_units "${units[@]}"
	fi
	need_root
	if ((${#names[@]} == 0)); then
		: # no world is needed
	elif need_products "${names[@]}"; then
		need_layers "${names[@]}"
		run_tests "${names[@]}"
	else
		result failed "installing the package, so none of tests/regress ran"
	fi
	[[ -z $requirements ]] || check_requirements
	rm -rf "$LOGS/tools"
	forget_good_builds
	((${#AGAIN[@]} == 0)) || say "failed at first and tried again: ${AGAIN[*]}"
	((FAILED + ${#AGAIN[@]} == 0)) || say "logs of what failed: $LOGS"
	rmdir "$LOGS" 2>/dev/null || :
	echo "$PASSED passed, $FAILED failed$( ((SKIPPED == 0)) || echo ", $SKIPPED skipped")"
	((FAILED == 0 && PASSED + SKIPPED > 0))
}
