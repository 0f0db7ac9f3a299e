/* SPDX-License-Identifier: ISC */
#include "bus/channel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *
channel_name(char name[CHANNEL_MAX], enum bus_kind kind, int64_t id)
{
	snprintf(name, CHANNEL_MAX, "chat:%c:%" PRId64, kind == BUS_USER ? 'u' : 'g', id);
	return name;
}

enum bus_kind
channel_kind(const char *name)
{
	return strncmp(name, "chat:g:", 7) == 0 ? BUS_GROUP : BUS_USER;
}
