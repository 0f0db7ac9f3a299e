/* SPDX-License-Identifier: ISC */
#include "session/kept.h"

#include <stdbool.h>
#include <string.h>

struct span {
	size_t from, to;
};

/* What an event says of its subject: how far, or in which state. A quote within a string has a backslash before it. */
static struct span
news(const char *line, size_t n)
{
	static const char *const keys[] = {",\"seq\":", ",\"state\":"};

	for (int i = 0; i < 2; i++) {
		const char *at = memmem(line, n, keys[i], strlen(keys[i])), *end;

		if (at == NULL)
			continue;
		end = at + strlen(keys[i]);
		while (end < line + n && *end != ',' && *end != '}')
			end++;
		return (struct span){(size_t)(at - line), (size_t)(end - line)};
	}
	return (struct span){n, n};
}

static bool
is_same_subject(const char *a, size_t na, const char *b, size_t nb)
{
	struct span x = news(a, na), y = news(b, nb);

	return x.from == y.from && na - x.to == nb - y.to && memcmp(a, b, x.from) == 0 &&
	       memcmp(a + x.to, b + y.to, na - x.to) == 0;
}

void
kept_add(struct buf *kept, const char *line, size_t n)
{
	char *all = buf_data(kept), *end;

	for (size_t at = 0; at < buf_len(kept); at += (size_t)(end + 1 - (all + at))) {
		end = memchr(all + at, '\n', buf_len(kept) - at);
		if (!is_same_subject(all + at, (size_t)(end + 1 - (all + at)), line, n))
			continue;
		memmove(all + at, end + 1, buf_len(kept) - (size_t)(end + 1 - all));
		buf_cut(kept, buf_len(kept) - (size_t)(end + 1 - (all + at)));
		break;
	}
	if (buf_len(kept) + n <= KEPT_MAX)
		buf_add(kept, line, n);
}
