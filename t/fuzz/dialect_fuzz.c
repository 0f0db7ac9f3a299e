/* SPDX-License-Identifier: ISC */
/* dialect_fuzz - a table of numbers in a file: it is wrong in a way that is told, or all of it can be used. */
#include <sys/mman.h>
#include <unistd.h>

#include "lib/mem.h"
#include "t/fuzz/alone.h"

static char *kept[100000]; /* what lives for ever otherwise */
static size_t n_kept;

static char *
keep(const char *s)
{
	MUST(n_kept < sizeof(kept) / sizeof(*kept));
	return kept[n_kept++] = mem_strdup(s);
}

#define mem_strdup keep
#include "front/dialect.c"
#undef mem_strdup

/* The same from a file. */
static const struct dialect *
load(const uint8_t *data, size_t n, char *why, size_t whylen)
{
	const struct dialect *d;
	char path[50];
	int fd = memfd_create("table", 0);

	MUST(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	d = dialect_load(path, why, whylen);
	close(fd);
	MUST(count == 0 || dialect_load(path, why, whylen) == loaded[0]);
	return d;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct dialect d = {.name = "fuzzed"};
	char *text = malloc(n + 1), why[300] = "", name[SPELLING_MAX];
	bool good;

	MUST(text != NULL);
	memcpy(text, data, n);
	text[n] = '\0';
	MUST(dialect_load("nobody's", why, sizeof(why)) == NULL);
	good = load(data, n, why, sizeof(why)) != NULL;
	if (count > 0)
		free(loaded[--count]);
	MUST(read_table(&d, text, why, sizeof(why)) == good);
	if (good) {
		MUST(d.key != NULL && is_name(d.key, false));
		for (int r = 0; r < R_COUNT; r++)
			for (int i = 0; i < ROW_FIELDS && rows[r].field[i] != NULL; i++) {
				const char *spellings = d.row[r].field[i];

				while (dialect_spelling(&spellings, name))
					MUST(is_name(name, false));
				MUST(*spellings == '\0');
			}
	} else {
		MUST(strlen(why) > strlen("fuzzed"));
	}
	while (n_kept > 0)
		free(kept[--n_kept]);
	free(text);
	return 0;
}
