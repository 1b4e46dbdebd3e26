/*
 * fuzz_proc.c - what stands in /proc: stat and status, in which a process chooses
 * its own name (H6), and the numbers that sshd and the helper read.
 *
 * parser: broker/proc.c
 */
#include "config.h"

#include "broker/proc.h"
#include "fuzz.h"
#include "s3jit/guest.h"

/* The same stat with another name in it: it says the same. */
static void
renamed(const char *text, const struct proc_facts *facts)
{
	const char *rest = strrchr(text, ')');
	struct proc_facts other = { 0 };
	struct s3jit_err err;
	char *more;

	MUST(rest != NULL && asprintf(&more, "1 (a) S 2 3 4 5 6 7 (b%s", rest) != -1);
	MUST(proc_parse_stat(&other, more, &err) == 0);
	MUST(other.tty_nr == facts->tty_nr && other.start == facts->start);
	free(more);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), plain[16];
	struct proc_facts facts = { 0 };
	struct s3jit_err err;
	uint32_t number;

	if (proc_parse_stat(&facts, text, &err) == 0)
		renamed(text, &facts);
	if (proc_parse_status(&facts, text, &err) == 0)
		MUST(strstr(text, "Uid:\t") != NULL && facts.tracer >= 0);
	if (guest_parse_u32(&number, text) == 0) {
		snprintf(plain, sizeof(plain), "%u", number);
		MUST(strcmp(text + strspn(text, "0"), plain) == 0 || number == 0);
	}
	free(text);
	return 0;
}
