/* SPDX-License-Identifier: ISC */
/*
 * passwd - another password. Every other device has to log in again.
 *
 *	{"op":"passwd","old":"correct horse","new":"battery staple"}
 *	{"ok":true}
 */
#include <stdio.h>

#include "db/user.h"
#include "handlers/handlers.h"
#include "handlers/password.h"

enum error
op_passwd(struct conn *c, struct req *rq)
{
	const char *old, *new, *stored;
	char known[PASSWORD_HASH_MAX], hash[PASSWORD_HASH_MAX];
	struct user u;
	int64_t device;
	enum error e;
	int same;

	if ((e = want_str(rq, "old", 1, 256, &old)) != E_OK || (e = want_str(rq, "new", 8, 256, &new)) != E_OK ||
	    (e = db_user_auth(c->db, NULL, c->user, &u, &stored)) != E_OK)
		return e;
	snprintf(known, sizeof(known), "%s", stored);
	same = password_verify(c->cf, old, known);
	if (same == 0)
		return refuse(rq, E_BAD_CREDENTIALS, "the old password is wrong");
	if (same < 0 || !password_hash(c->cf, new, hash))
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	if ((e = db_user_passwd(c->db, c->user, c->device, known, hash)) != E_OK)
		return e;
	while (db_device_id_next(c->db, &device))
		tell_revoked(c, device);
	return E_OK;
}
