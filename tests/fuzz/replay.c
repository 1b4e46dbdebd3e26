/*
 * replay.c - main() of the fuzz targets in `make check`: runs each file of the
 * corpus, each beginning of it, and copies with one byte changed.
 *
 *	fuzz_TARGET			$srcdir/tests/fuzz/corpus/TARGET
 *	fuzz_TARGET DIRECTORY		what is there, each file just as it is
 */
#include "config.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "fuzz.h"

#define FILE_MAX (256 * 1024)

static size_t
read_file(uint8_t *buf, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	n = fread(buf, 1, FILE_MAX, f);
	fclose(f);
	return n;
}

/* A copy of its own size, so that ASan sees a read behind its end. */
static void
run_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	MUST(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
run_file(const char *path, bool as_it_is)
{
	static const uint8_t other[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '"', '*', '/', '0', '%' };
	static uint8_t buf[FILE_MAX];
	size_t size = read_file(buf, path), step = size / 200 + 1, i, j;
	uint8_t was;

	run_copy(buf, size);
	if (as_it_is)
		return;
	for (i = 0; i < size; i += step) {
		run_copy(buf, i);
		was = buf[i];
		for (j = 0; j < sizeof(other); j++) {
			buf[i] = other[j];
			run_copy(buf, size);
		}
		buf[i] = was;
	}
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir"), *name = basename(argv[0]);
	char dir[2048], path[4096];
	struct dirent *e;
	struct stat st;
	size_t files = 0;
	DIR *d;

	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	if (argc > 1)
		snprintf(dir, sizeof(dir), "%s", argv[1]);
	else
		snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", srcdir == NULL ? "." : srcdir, name);
	if ((d = opendir(dir)) == NULL) {
		perror(dir);
		return 1;
	}
	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			run_file(path, argc > 1);
			files++;
		}
	}
	closedir(d);
	printf("%s: %zu files\n", dir, files);
	return files > 0 ? 0 : 1;	/* an empty corpus proves nothing */
}
