# ShellCheck over all shell, found by its name or its first line.  Not asked for: "$@" where a
# function may have none (SC2119), and what a subshell keeps for itself (SC2031).
# layers: tools
# timeout: 900
. /src/tests/world/tools.sh
mkdir /tmp/source
tar -C /tmp/source -xf /out/source.tar
cd /tmp/source || exit

scripts() {
	find . -name '*.sh' -type f -print
	grep -rlIE '^#!.*\b(ba|da)?sh\b' .ci debian tests
}

scripts | sed 's#^\(\./\)\?#./#' | sort -u >/tmp/scripts
ok "the scripts of all folders are looked at" bash -c 'for s in ./tests/bastion ./tests/world/enter ./tests/world/check.sh \
	./debian/s3jit.postinst ./tests/regress/harness.sh; do grep -qx "$s" /tmp/scripts || { echo "$s"; exit 1; }; done'
ok "S10: shellcheck finds nothing" xargs -d '\n' -P "$(nproc)" -n 8 -a /tmp/scripts shellcheck -x -e SC2119,SC2031

printf '#!/bin/sh\nrm -rf $1/$2\n' >/tmp/planted.sh
refuses "S10, control: a planted unquoted name is found" 1 SC2086 shellcheck /tmp/planted.sh
