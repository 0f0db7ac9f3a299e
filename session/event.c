/* SPDX-License-Identifier: ISC */
#include "session/event.h"

#include <string.h>

#include "lib/jw.h"

void
event_message(struct buf *b, const struct entry *e)
{
	jw_int(b, "conv", e->conv);
	jw_int(b, "seq", e->seq);
	jw_str(b, "kind", e->kind);
	jw_named(b, "from", e->from_id, e->from_name);
	jw_str(b, "text", e->text);
	jw_str(b, "at", e->at);
	jw_named(b, e->is_group ? "group" : "to", e->to_id, e->to_name);
	if (e->ref_name != NULL)
		jw_named(b, "user", e->ref, e->ref_name);
	else if (e->ref != 0)
		jw_int(b, "ref", e->ref);
	if (e->edited_at != NULL)
		jw_str(b, "edited_at", e->edited_at);
	if (e->deleted_at != NULL)
		jw_str(b, "deleted_at", e->deleted_at);
}

void
event_line(struct buf *b, const struct event *e)
{
	jw_open(b, NULL, '{');
	jw_str(b, "ev", event_name(e->kind));
	if (e->entry != NULL) {
		event_message(b, e->entry);
		if (e->entry->cid != NULL)
			jw_str(b, "cid", e->entry->cid);
	}
	if (e->conv != 0)
		jw_int(b, "conv", e->conv);
	if (e->seq != 0)
		jw_int(b, "seq", e->seq);
	if (e->group_name != NULL)
		jw_named(b, "group", e->group, e->group_name);
	if (e->user_name != NULL)
		jw_named(b, "user", e->user, e->user_name);
	if (e->word != NULL)
		jw_str(b, e->kind == EVENT_BYE ? "reason" : "state", e->word);
	if (e->retry_after > 0)
		jw_int(b, "retry_after_ms", e->retry_after);
	jw_close(b, '}');
	buf_addc(b, '\n');
}

enum event_kind
event_line_kind(const char *line, size_t n)
{
	static const char begin[] = "{\"ev\":\"";
	const char *name = line + sizeof(begin) - 1, *end;

	if (n < sizeof(begin) || memcmp(line, begin, sizeof(begin) - 1) != 0)
		return EVENT_UNKNOWN;
	end = memchr(name, '"', n - (sizeof(begin) - 1));
	return end != NULL ? event_kind_of(name, (size_t)(end - name)) : EVENT_UNKNOWN;
}
