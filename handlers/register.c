/* SPDX-License-Identifier: ISC */
/*
 * register - a new account. It does not log in.
 *
 *	{"op":"register","name":"alice","password":"correct horse"}
 *	{"ok":true,"user":{"id":7,"name":"alice"}}
 */
#include "db/user.h"
#include "handlers/ops.h"
#include "handlers/password.h"
#include "lib/jw.h"

enum error
op_register(struct session *s, struct req *rq)
{
	const char *name, *password, *invite = NULL;
	char hash[PASSWORD_HASH_MAX];
	struct user u;
	enum error e;

	if ((e = want_chars(rq, "name", 1, 50, &name)) != E_OK ||
	    (e = want_str(rq, "password", rq->password_min, 256, &password)) != E_OK ||
	    (e = may_str(rq, "invite", 1, 64, &invite)) != E_OK)
		return e;
	/* Nobody is worth a hash who is refused in any case. */
	if ((e = db_user_register(s->db, name, NULL, invite, &u)) != E_OK)
		return e;
	if (!password_hash(s->node->hashing, s->source, password, hash))
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	e = db_user_register(s->db, name, hash, invite, &u);
	secret_wipe(hash, sizeof(hash));
	if (e == E_OK)
		jw_named(&rq->body, "user", u.id, u.name);
	return e;
}
