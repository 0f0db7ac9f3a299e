/* SPDX-License-Identifier: ISC */
/*
 * passwd - another password. Every other device has to log in again.
 *
 *	{"op":"passwd","old":"correct horse","new":"battery staple"}
 *	{"ok":true}
 */
#include "db/user.h"
#include "handlers/ops.h"
#include "handlers/password.h"
#include "session/tell.h"

enum error
op_passwd(struct session *s, struct req *rq)
{
	const char *old, *new, *stored;
	char hash[PASSWORD_HASH_MAX];
	int64_t device;
	enum error e;

	if ((e = want_str(rq, "old", 1, 256, &old)) != E_OK || (e = want_str(rq, "new", PASSWORD_MIN, 256, &new)) != E_OK ||
	    (e = password_own(s, rq, old, &stored)) != E_OK)
		return e;
	if (!password_hash(s->node->hashing, s->source, new, hash))
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	e = db_user_passwd(s->db, s->user, s->device, stored, hash);
	secret_wipe(hash, sizeof(hash));
	if (e != E_OK)
		return e;
	while (db_device_id_next(s->db, &device))
		tell_revoked(s, device);
	return E_OK;
}
