/*
 * fuzz_guest.c - REGISTER, FACTS, verdict and answer from hostile bytes (H7).
 * What is taken has one spelling only: encoding it gives the same bytes.
 *
 * parser: lib/guest.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/guest.h"

static void
same(unsigned char *body, size_t len, const uint8_t *data, size_t size)
{
	MUST(len == size && memcmp(body, data, len) == 0);
	free(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest_register login;
	struct guest_facts facts;
	struct guest_verdict verdict;
	struct guest_answer answer;
	struct s3jit_err err;
	unsigned char *body;
	size_t len;
	int taken = 0;

	if (guest_register_decode(&login, data, size, &err) == 0) {
		MUST(guest_register_encode(&body, &len, &login, &err) == 0);
		same(body, len, data, size);
		guest_register_clear(&login);
		taken += 'R';
	}
	if (guest_facts_decode(&facts, data, size, &err) == 0) {
		MUST(guest_facts_encode(&body, &len, &facts, &err) == 0);
		same(body, len, data, size);
		taken += 'F';
	}
	if (guest_verdict_decode(&verdict, data, size, &err) == 0) {
		MUST(guest_verdict_encode(&body, &len, &verdict, &err) == 0);
		same(body, len, data, size);
		taken += 'V';
	}
	if (guest_answer_decode(&answer, data, size, &err) == 0) {
		MUST(answer.word >= GUEST_GO && answer.word <= GUEST_REFUSE);
		MUST(guest_answer_encode(&body, &len, &answer, &err) == 0);
		same(body, len, data, size);
		guest_answer_clear(&answer);
		taken += 'A';
	}
	/* never taken for two kinds, and for the kind it says */
	MUST(taken == 0 || taken == guest_kind(data, size));
	return 0;
}
