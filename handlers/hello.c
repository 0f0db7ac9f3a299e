/* SPDX-License-Identifier: ISC */
/*
 * hello - who the server is and what it takes.
 *
 *	{"op":"hello"}
 *	{"ok":true,"server":"chatd","version":"0.1.0","protocol":1,"limits":{…},"registration":"open"}
 */
#include "handlers/ops.h"
#include "lib/door.h"
#include "lib/jw.h"
#include "session/limits.h"
#include "session/shared.h"

enum error
op_hello(struct session *s, struct req *rq)
{
	struct buf *b = &rq->body;

	(void)s;
	jw_str(b, "server", "chatd");
	jw_str(b, "version", CHATD_VERSION);
	jw_int(b, "protocol", 1);
	jw_open(b, "limits", '{');
	jw_int(b, "object", OBJECT_MAX);
	jw_int(b, "object_before_login", OBJECT_MAX_NEW);
	jw_int(b, "text", TEXT_MAX);
	jw_int(b, "name", 50);
	jw_int(b, "description", 200);
	jw_int(b, "depth", DOOR_DEPTH);
	jw_int(b, "window", WINDOW);
	jw_close(b, '}');
	jw_str(b, "registration", shared_registration()); /* some seconds old at most: whoever asks has no database yet */
	return E_OK;
}
