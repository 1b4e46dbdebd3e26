# The harness itself: each kind of failure, planted, is seen as one.
. /src/tests/world/harness.sh

planted() { # what a test file with these lines comes to
	printf '. /src/tests/world/harness.sh\n%s\n' "$1" >/tmp/planted.sh
	bash /tmp/planted.sh
}

ok "a test that holds passes" planted 'ok yes true'
refuses "a command that fails" 1 '^not ok - yes' planted 'ok yes false'
refuses "a refusal that did not come" 1 '^not ok - no' planted 'refuses no 1 x true'
refuses "a refusal with other words" 1 '^not ok - no' planted 'refuses no 1 denied ls /nowhere'
refuses "a text that differs" 1 '^not ok - text' planted 'same text a b'
refuses "a test that dies" 1 'died with exit code 3' planted 'ok yes true; (exit 3); ok yes true'
refuses "a test that exits early, as if well" 1 'checked nothing' planted 'exit 0'
refuses "a test that skips without leave" 1 'not listed' planted 'skip unheard-of'
refuses "a screen that never shows it" 1 'never showed' planted 'login alice one; wait_screen one nonsense 1; ok yes true'
