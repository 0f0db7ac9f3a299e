/* SPDX-License-Identifier: ISC */
#include "lib/ack_line.h"

/* The words, one after the other: a blank stands for any number of them. */
static bool
take(const char **s, const char *end, const char *words)
{
	for (; *words != '\0'; words++) {
		if (*words == ' ')
			while (*s < end && **s == ' ')
				++*s;
		else if (*s == end || *(*s)++ != *words)
			return false;
	}
	return true;
}

static bool
take_number(const char **s, const char *end, int64_t *v)
{
	const char *begin = *s;

	for (*v = 0; *s < end && *s - begin < 17 && **s >= '0' && **s <= '9'; ++*s)
		*v = *v * 10 + (**s - '0');
	return *s > begin && *begin != '0' && *v <= INT64_C(1) << 53;
}

bool
ack_line(const char *json, size_t n, int64_t *conv, int64_t *seq)
{
	const char *end = json + n;

	return take(&json, end, "{\"op\": \"ack\", \"conv\": ") && take_number(&json, end, conv) &&
	       take(&json, end, ", \"seq\": ") && take_number(&json, end, seq) && take(&json, end, "}") && json == end;
}
