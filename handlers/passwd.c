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
#include "session/guess.h"
#include "session/tell.h"

enum error
op_passwd(struct session *s, struct req *rq)
{
	const char *old, *new, *stored;
	char hash[PASSWORD_HASH_MAX];
	uint64_t account = guess_account(s->user, NULL);
	struct user u;
	int64_t device;
	enum error e;
	int same;

	if ((e = want_str(rq, "old", 1, 256, &old)) != E_OK || (e = want_str(rq, "new", PASSWORD_MIN, 256, &new)) != E_OK ||
	    (e = db_user_auth(s->db, NULL, s->user, &u, &stored)) != E_OK)
		return e;
	if ((rq->retry_after = guess_wait(account, s->node->source, true)) > 0)
		return refuse(rq, E_RATE_LIMITED, "too many wrong passwords; wait a little");
	same = password_verify(s->node, old, stored);
	if (same == 0)
		guess_failed(account, s->node->source, true);
	if (same == 0)
		return refuse(rq, E_BAD_CREDENTIALS, "the old password is wrong");
	if (same < 0 || !password_hash(s->node, new, hash))
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	if ((e = db_user_passwd(s->db, s->user, s->device, stored, hash)) != E_OK)
		return e;
	while (db_device_id_next(s->db, &device))
		tell_revoked(s, device);
	return E_OK;
}
