/* SPDX-License-Identifier: ISC */
/*
 * devices - where I am logged in, or could resume; the one used last first.
 *
 *	{"op":"devices"}
 *	{"ok":true,"devices":[{"device":"phone","created_at":"…","last_seen":"…","online":true}]}
 */
#include "db/user.h"
#include "handlers/ops.h"
#include "lib/jw.h"

enum error
op_devices(struct session *s, struct req *rq)
{
	struct buf *b = &rq->body;
	struct device_row d;
	enum error e = db_device_list(s->db, s->user);

	if (e != E_OK)
		return e;
	jw_open(b, "devices", '[');
	while (db_device_next(s->db, &d)) {
		jw_open(b, NULL, '{');
		jw_str(b, "device", d.name);
		jw_str(b, "created_at", d.created_at);
		jw_str(b, "last_seen", d.last_seen);
		jw_bool(b, "online", d.online);
		jw_close(b, '}');
	}
	jw_close(b, ']');
	return E_OK;
}
