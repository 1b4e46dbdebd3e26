# unit.sh - the package, built with its unit tests: in the suite that was asked for,
# once more with sanitizers, and in the other suite.  Sourced by check.sh.
# shellcheck shell=bash disable=SC2153

# check_units BUILD...: as many at once as worlds; what each leaves, the tests that
# follow stand on
declare -A BUILDS=() BUILD_BEGAN=()
check_units() { # SUITE:VARIANT...
	local build
	for build; do
		((${#BUILDS[@]} < JOBS)) || end_build
		in_suite "${build%:*}" start_unit_build "$build"
	done
	while ((${#BUILDS[@]})); do end_build; done
}

# the other suite's root, made beside the first, for this takes minutes
need_roots() {
	local root
	[[ $SUITE == bookworm ]] || { need_root; return; }
	need_debootstrap
	start_child "$HERE/bastion" root --suite trixie >/dev/null
	root=$CHILD
	need_root
	end_child "$root" || die "there is no root for trixie"
}

unit_dir() { echo "$LOGS/unit-$SUITE${1:+-$1}"; } # VARIANT

# the directory of the .deb that a build here left, or nothing
built_already() { # VARIANT
	local dir
	dir=$(unit_dir "$1")
	! ls "$dir"/*.deb >/dev/null 2>&1 || echo "$dir"
}

start_unit_build() { # SUITE:VARIANT
	local variant=${1#*:} dir jobs
	dir=$(unit_dir "$variant")
	mkdir "$dir"
	say "building the package with its unit tests ($SUITE${variant:+, $variant})"
	jobs=$(($(nproc) / JOBS))
	start_package "$dir" "parallel=$((jobs < 1 ? 1 : jobs))" "$variant"
	BUILDS[$CHILD]=$1
	BUILD_BEGAN[$1]=$SECONDS
}

end_build() { # waits for any one
	local pid rc=0 build
	wait -n -p pid "${!BUILDS[@]}" || rc=$?
	build=${BUILDS[$pid]}
	unset "BUILDS[$pid]" "CHILDREN[$pid]"
	in_suite "${build%:*}" build_results "${build#*:}" "$rc" $((SECONDS - BUILD_BEGAN[$build]))
}

build_results() { # VARIANT RC SECONDS
	local dir at=
	dir=$(unit_dir "$1")
	rm -f "$dir/source.tar"
	# in_suite has the suite changed for us, so that names need their own
	at=${1:+@$1}
	unit_results "$dir" "$at"
	if (($2 == 0)); then
		result ok "package build$at" "$3"
	else
		show_end "$dir/build.log" >"$dir/end"
		result failed "package build$at" "$3" "$dir/end"
	fi
}

# the unit tests as the package's build ran them
unit_results() { # DIR @VARIANT
	local trs name found=
	mkdir "$1/unit"
	tar -C "$1/unit" -xzf "$1/unit.tar.gz" 2>/dev/null || :
	while IFS= read -r trs; do
		found=1
		name=${trs#"$1/unit/"}
		name=${name%.trs}$2
		case $(sed -n 's/^:global-test-result: *//p' "$trs") in
		PASS | XFAIL) result ok "$name" ;;
		SKIP)
			if may_skip "$name"; then result skipped "$name"
			else result failed "$name (skipped, but not listed in tests/regress/SKIPS)"; fi
			;;
		*) result failed "$name" '' "${trs%.trs}.log" ;;
		esac
	done < <(find "$1/unit" -name '*.trs' | sort)
	[[ -n $found ]] || result failed "unit tests$2 (none ran)"
}
