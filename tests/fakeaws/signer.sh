#!/bin/sh
# signer.sh - s3jit-signer against an STS and IMDS that misbehave; make check
# runs it in the build tree.
for tool in python3 openssl; do
	command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
python3 -c 'import ssl, hmac' || { echo "skipped: python3 without ssl"; exit 77; }
exec python3 "$(dirname "$0")/signer_test.py" "${SIGNER:-./s3jit-signer}"
