/* SPDX-License-Identifier: ISC */
/*
 * account_delete - the account, its devices, friends and texts are no more; every session of it ends.
 *
 *	{"op":"account_delete","password":"correct horse"}
 *	{"ok":true}
 *	{"ev":"bye","reason":"logged_out",…}
 */
#include <string.h>

#include "db/user.h"
#include "handlers/ops.h"
#include "handlers/password.h"
#include "session/tell.h"

/* What the database just said: to friends, to the user's sessions, to the groups. */
static void
tell_all(struct session *s)
{
	struct buf entries = {0};
	int64_t device, entry[2];

	db_part(s->db, "fan");
	tell_fans(s->db, s->bus, s->id, false);
	db_part(s->db, "device");
	while (db_device_id_next(s->db, &device))
		tell_revoked(s, device);
	db_part(s->db, "entry");
	while (db_entry_id_next(s->db, &entry[0], &entry[1]))
		buf_add(&entries, (const char *)entry, sizeof(entry));
	for (size_t at = 0; at < buf_len(&entries); at += sizeof(entry)) { /* each a call of its own */
		memcpy(entry, buf_data(&entries) + at, sizeof(entry));
		tell_entry(s, entry[0], entry[1], 0);
	}
	buf_free(&entries);
}

enum error
op_account_delete(struct session *s, struct req *rq)
{
	const char *password, *stored;
	struct user u;
	enum error e;
	int same;

	if ((e = want_str(rq, "password", 1, 256, &password)) != E_OK ||
	    (e = db_user_auth(s->db, NULL, s->user, &u, &stored)) != E_OK)
		return e;
	same = password_verify(s->node, password, stored);
	if (same == 0)
		return refuse(rq, E_BAD_CREDENTIALS, "the password is wrong");
	if (same < 0)
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	if ((e = db_user_erase(s->db, s->user)) != E_OK)
		return e;
	tell_all(s);
	session_bye(s, "logged_out"); /* also if Redis is away */
	return E_OK;
}
