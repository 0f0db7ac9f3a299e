/* SPDX-License-Identifier: ISC */
#include "client/show.h"

#include <string.h>

#include "lib/utf8.h"

void
show_json(struct buf *out, const char *json, size_t n)
{
	struct buf safe = {0};

	while (n > 0) {
		uint32_t cp = 0xfffd;
		size_t len = utf8_decode(json, n, &cp);

		if (len == 0)
			len = 1; /* not UTF-8: shown as U+FFFD */
		buf_drop(&safe, buf_len(&safe));
		utf8_safe(&safe, json, len);
		if (*json == '\n' || (buf_len(&safe) == len && memcmp(buf_data(&safe), json, len) == 0))
			buf_add(out, json, len);
		else if (cp != 0)
			buf_addf(out, "\\u%04x", cp);
		json += len;
		n -= len;
	}
	buf_free(&safe);
}
