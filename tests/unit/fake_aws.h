/*
 * fake_aws.h - STS, IAM, S3 and the metadata service of an instance, as far as the
 * signer asks them: a process that answers plain HTTP at a port of this host.
 *
 * It serves whoever runs it and cannot fail: faults are its clients' (faults.h).
 */
#ifndef TESTS_FAKE_AWS_H
#define TESTS_FAKE_AWS_H

#include <stdint.h>

#define FAKE_AWS_NOW 1769860800		/* 2026-01-31T12:00:00Z: its clock stands still */
#define FAKE_AWS_SECRET "CANARY/secret+of+forty+letters+as+AWS+has"
#define FAKE_AWS_TOKEN "CANARY/token//of+a+session=="

struct fake_aws {
	char place[32];			/* "::127.0.0.1:PORT", for faults_curl_to */
	int64_t expires;		/* of the keys that it gives from now on, wall */
	long probe_status;		/* what S3 answers */
	char form[4096];		/* that STS or IAM was sent last; "" = nothing since it was emptied */
};
extern struct fake_aws *fake_aws;	/* shared with it */

void fake_aws_start(void);
void fake_aws_stop(void);

#endif
