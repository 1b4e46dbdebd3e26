# The prompt of `s3-sudo shell` in fish: the person's own behind a mark.  Read
# after their config.fish; no file is changed.
functions --copy fish_prompt _s3jit_prompt
function _s3jit_status
    return $argv[1]
end
function fish_prompt
    set -l last $status
    printf %s $S3JIT_PROMPT
    _s3jit_status $last
    _s3jit_prompt
end
