/* SPDX-License-Identifier: ISC */
/*
 * register - a new account. It does not log in.
 *
 *	{"op":"register","name":"alice","password":"correct horse"}
 *	{"ok":true,"user":{"id":7,"name":"alice"}}
 */
#include "db/user.h"
#include "handlers/handlers.h"
#include "handlers/password.h"

enum error
op_register(struct conn *c, struct req *rq)
{
	const char *name, *password, *invite = NULL;
	char hash[PASSWORD_HASH_MAX];
	struct user u;
	enum error e;

	if ((e = want_chars(rq, "name", 1, 50, &name)) != E_OK ||
	    /* The older clients cannot say more, and always could say less. */
	    (e = want_str(rq, "password", c->dialect != NULL ? 1 : 8, 256, &password)) != E_OK ||
	    (e = may_str(rq, "invite", 1, 64, &invite)) != E_OK)
		return e;
	if (!password_hash(c->cf, password, hash))
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	e = db_user_register(c->db, name, hash, invite, &u);
	if (e == E_OK)
		jw_named(&rq->body, "user", u.id, u.name);
	return e;
}
