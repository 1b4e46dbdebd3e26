# A world leaves nothing behind, however it ends: no process, no mount, no file.
# Tried with worlds inside this world, whose own root serves them as the cached one.
. /src/tests/world/harness.sh

export S3JIT_BASTION_CACHE=/cache
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
root=/cache/$suite-$({ echo "$suite"; grep -E '^([^#]|#recipe)' /src/tests/world/packages; } | sha256sum | cut -c1-12)
mkdir -p "$root" /cache/mountpoint
touch "$root.lock"
mount --bind / "$root"

inner() { env --default-signal=INT,QUIT setsid -w /src/tests/bastion exec --suite "$suite" --bare "$@"; }

processes() { pgrep -fa 'world/(enter|init) bare|^unshare|^sleep 100' || :; }
files() { find / -xdev \( -path /var/log -o -path /cache -o -path /srv -o -path /var/lib/s3jit \) -prune -o -newer /tmp/before ! -type d -print; }

# a file's time is a tick of the kernel's, so what comes must be a few ticks later
mark() { touch /tmp/before; sleep 0.05; }
mark
before=$(cat /proc/mounts)

left() { # what there is more than before, once it had two seconds to vanish
	local i
	for ((i = 0; i < 40; i++)); do
		[[ -n $(processes) ]] || break
		sleep 0.05
	done
	processes
	diff <(echo "$before") /proc/mounts || :
	files
}

touch /etc/seen
same "what is left is seen" /etc/seen "$(left)"
mark

same "a world inside this one" bastion-07.example.net "$(inner hostname 2>&1)"
same "leaves nothing" "" "$(left)"
refuses "its command's exit code comes back" 7 "" inner bash -c 'exit 7'

mkfifo /tmp/up
for signal in INT TERM HUP KILL; do
	inner bash -c 'echo up; sleep 100' >/tmp/up 2>/dev/null &
	read -r _ </tmp/up
	kill -s "$signal" "$(pgrep -f -o 'bash /src/tests/bastion exec')"
	wait $! || :
	same "nothing is left after $signal" "" "$(left)"
done

inner bash -c 'touch /etc/mine; sleep 1; ls /etc/mine' >/tmp/one 2>&1 &
inner bash -c 'sleep 0.5; ls /etc/mine' >/tmp/two 2>&1 &
wait
same "two side by side do not see each other" "/etc/mine ls: cannot access '/etc/mine': No such file or directory" "$(cat /tmp/one /tmp/two | xargs -d '\n')"
