# The prompt of `s3-sudo shell` in zsh, which looks for its files here first: it
# is sent back to the person's own, and each prompt is marked.
if [[ -n ${S3JIT_ZDOTDIR-} ]]; then
	export ZDOTDIR=$S3JIT_ZDOTDIR
	unset S3JIT_ZDOTDIR
else
	unset ZDOTDIR
fi
if [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]]; then
	. "${ZDOTDIR:-$HOME}/.zshenv"
fi
_s3jit_mark() {
	# last, for what sets PS1 anew before each prompt
	precmd_functions=(${precmd_functions:#_s3jit_mark} _s3jit_mark)
	[[ $PS1 == "$S3JIT_PROMPT"* ]] || PS1=$S3JIT_PROMPT$PS1
}
precmd_functions+=(_s3jit_mark)
