/* SPDX-License-Identifier: ISC */
/*
 * login, resume - begin a session, by password or by the token of an earlier login.
 *
 *	{"op":"login","name":"alice","password":"correct horse","device":"phone"}
 *	{"op":"resume","token":"…"}
 *	{"ok":true,"user":{…},"device":"phone","token":"…","epoch":"…","friends":[…],"groups":[…]}
 *
 * An unknown name and a wrong password are answered alike, and after the same time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "db/user.h"
#include "front/numbered.h"
#include "handlers/handlers.h"
#include "handlers/password.h"
#include "lib/log.h"
#include "lib/mem.h"

enum error
op_login(struct conn *c, struct req *rq)
{
	const char *name = NULL, *password, *device = "default", *stored;
	char token[TOKEN_HEX + 1], hash[TOKEN_HEX + 1], known[PASSWORD_HASH_MAX] = "", user_name[256];
	struct user u = {.name = ""};
	struct opened s;
	int64_t id = 0;
	enum error e;
	int same;

	if (has(rq, "name") == has(rq, "id"))
		return refuse(rq, E_BAD_REQUEST, "either name or id is wanted");
	if ((e = may_str(rq, "name", 1, 200, &name)) != E_OK || (e = may_int(rq, "id", 1, INT64_C(1) << 53, &id)) != E_OK ||
	    (e = want_str(rq, "password", 1, 256, &password)) != E_OK ||
	    (has(rq, "device") && (e = want_chars(rq, "device", 1, 32, &device)) != E_OK))
		return e;
	e = db_user_auth(c->db, name, id, &u, &stored);
	if (e != E_OK && e != E_NOT_FOUND)
		return e;
	if (e == E_OK)
		snprintf(known, sizeof(known), "%s", stored);
	snprintf(user_name, sizeof(user_name), "%s", u.name);
	same = password_verify(c->cf, password, e == E_OK ? known : NULL);
	if (same < 0)
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	if (same == 0) {
		log_info("login_refused", "addr=%s", c->addr);
		return E_BAD_CREDENTIALS;
	}
	dialect_remembered(c, u.dialect);
	token_new(token);
	token_hash(token, hash);
	c->row = true;
	e = db_session_open(c->db, u.id, device, hash, &c->place, &s);
	if (e == E_OK)
		e = conn_login(c, rq, &s, user_name, device, token);
	else if (e == E_BAD_REQUEST) /* the device's name */
		c->row = false;
	secret_wipe(token, sizeof(token));
	return e;
}

enum error
op_resume(struct conn *c, struct req *rq)
{
	char hash[TOKEN_HEX + 1], *name, *device;
	const char *token;
	struct opened s;
	enum error e;

	if ((e = want_str(rq, "token", 1, 200, &token)) != E_OK)
		return e;
	/*
	 * A request may have waited in the socket of a node that was stopped. Its client
	 * is elsewhere by now, and must not be thrown out by its own past.
	 */
	if (conn_gone(c))
		return E_UNAVAILABLE;
	token_hash(token, hash);
	c->row = true;
	e = db_session_resume(c->db, hash, &c->place, &s);
	if (e == E_BAD_CREDENTIALS) {
		c->row = false;
		return refuse(rq, e, "that token is not valid; log in with the password");
	}
	if (e != E_OK)
		return e;
	name = mem_strdup(s.user_name);
	device = mem_strdup(s.device_name);
	e = conn_login(c, rq, &s, name, device, token);
	free(name);
	free(device);
	return e;
}
