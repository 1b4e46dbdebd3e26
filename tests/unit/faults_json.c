/*
 * faults_json.c - memory of jansson's that fails on demand; see faults.h.
 */
#include "config.h"

#include <jansson.h>

#include "faults.h"

/* What jansson itself loses when it has no memory is not ours to free. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libjansson";
}

static json_malloc_t codec_malloc;
static json_free_t codec_free;

/* Whoever asks for memory on jansson's behalf sees that there is none. */
static void *
json_malloc(size_t n)
{
	void *p;

	if (faults_hit(FAULT_JSON)) {
		faults_no_memory();
		return codec_malloc(n);
	}
	faults_hold();
	p = codec_malloc(n);
	faults_release();
	return p;
}

json_t *__real_json_loadb(const char *, size_t, size_t, json_error_t *);
json_t *__wrap_json_loadb(const char *, size_t, size_t, json_error_t *);

/* Without memory the parser ends the process (codec.c): its calls are left out. */
json_t *
__wrap_json_loadb(const char *text, size_t len, size_t flags, json_error_t *why)
{
	json_t *root;

	faults_hold();
	root = __real_json_loadb(text, len, flags, why);
	faults_release();
	return root;
}

void
faults_json(void)
{
	json_malloc_t now;

	json_get_alloc_funcs(&now, &codec_free);
	if (now == json_malloc)
		return;
	codec_malloc = now;
	json_set_alloc_funcs(json_malloc, codec_free);
}
