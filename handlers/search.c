/* SPDX-License-Identifier: ISC */
/*
 * search - texts that contain something, in any script, whatever the case, newest first.
 *
 *	{"op":"search","text":"你好","to":"bob","before_at":"2026-03-01T12:00:00Z","limit":20}
 *	{"ok":true,"messages":[…],"more":true,"next":"…"}
 *
 * More may also be to come where nothing was found yet: one search reads only so much.
 */
#include <regex.h>
#include <string.h>
#include <sysexits.h>

#include "handlers/ops.h"
#include "handlers/page.h"
#include "handlers/show.h"
#include "lib/log.h"

/* RFC 3339; PostgreSQL, which looks at the date, would also take "yesterday" and times of any zone it has heard of. */
static bool
is_time(const char *s)
{
	static const char form[] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
	                           "([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
	regex_t re;
	bool is;

	if (regcomp(&re, form, REG_EXTENDED | REG_NOSUB) != 0)
		die(EX_OSERR, "out_of_memory", "");
	is = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return is;
}

enum error
op_search(struct session *s, struct req *rq)
{
	const char *text, *before = NULL;
	int64_t conv = 0, first, at[3];
	struct buf *b = &rq->body;
	struct target t;
	struct entry m;
	struct page p;
	size_t begun;
	enum error e;
	bool narrowed = has(rq, "to") || has(rq, "group") || has(rq, "conv");

	if ((e = want_str(rq, "text", 1, 1024, &text)) != E_OK || (e = may_str(rq, "before_at", 1, 40, &before)) != E_OK ||
	    (e = want_page(rq, &p, 200, 50)) != E_OK)
		return e;
	if (before != NULL && !is_time(before))
		return refuse(rq, E_BAD_REQUEST, "before_at: a time such as 2026-03-01T12:00:00Z is wanted");
	if (narrowed && ((e = want_target(rq, &t)) != E_OK || (e = db_message_conv(s->db, s->user, &t, &conv, &first)) != E_OK))
		return e;
	jw_open(b, "messages", '[');
	if (!narrowed || conv != 0) {
		if ((e = db_message_search(s->db, s->user, conv, text, before, p.at, (int)p.limit + 1)) != E_OK)
			return e;
		while (db_found_next(s->db, &m, at)) {
			begun = buf_len(b);
			if (m.conv == 0) {
				memcpy(p.at, at, sizeof(p.at));
				p.more = true;
				break;
			}
			show_message(b, &m);
			if (!page_row(&p, b, begun, at))
				break;
		}
	}
	jw_close(b, ']');
	page_end(&p, b);
	return E_OK;
}
