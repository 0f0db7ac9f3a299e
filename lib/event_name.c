/* SPDX-License-Identifier: ISC */
#include "lib/event_name.h"

#include <string.h>

static const char *const names[EVENT_KINDS] = {
#define X(kind, name) [kind] = name,
    EVENT_NAMES(X)
#undef X
};

const char *
event_name(enum event_kind kind)
{
	return names[kind];
}

enum event_kind
event_kind_of(const char *name, size_t n)
{
	for (int k = EVENT_UNKNOWN + 1; k < EVENT_KINDS; k++)
		if (strlen(names[k]) == n && memcmp(names[k], name, n) == 0)
			return (enum event_kind)k;
	return EVENT_UNKNOWN;
}
