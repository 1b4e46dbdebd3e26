/*
 * replay.c - run a fuzz target over a stored corpus, in `make check`.
 *
 * With a fuzzer's own main (clang -fsanitize=fuzzer) this file is left out.
 * Each file is given whole, cut in half, and with each of its first bytes
 * flipped, in a buffer of exactly its size, so that ASan sees a read behind it.
 * An empty or missing corpus is a failure: nothing would have been tested.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX	(256 * 1024)
#define FLIPS		256

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
give(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);

	if (exact == NULL)
		abort();
	memcpy(exact, bytes, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static int
replay(const char *path)
{
	static uint8_t bytes[FILE_MAX];
	FILE *f = fopen(path, "rb");
	size_t len, i;

	if (f == NULL) {
		perror(path);
		return -1;
	}
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	give(bytes, len);
	give(bytes, len / 2);
	for (i = 0; i < len && i < FLIPS; i++) {
		bytes[i] ^= 0x11;
		give(bytes, len);
		bytes[i] ^= 0x11;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : CORPUS;
	struct dirent *entry;
	char path[4096];
	int n = 0;
	DIR *dir;

	if ((dir = opendir(folder)) == NULL) {
		perror(folder);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (replay(path) == -1)
			return 1;
		n++;
	}
	closedir(dir);
	printf("%d files of %s\n", n, folder);
	return n == 0;
}
