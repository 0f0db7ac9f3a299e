/* SPDX-License-Identifier: ISC */
/*
 * login, resume - begin a session, by password or by the token of an earlier login.
 *
 *	{"op":"login","name":"alice","password":"correct horse","device":"phone"}
 *	{"op":"resume","token":"…","quiet":true}
 *	{"ok":true,"user":{…},"device":"phone","token":"…","epoch":"…","friends":[…],"groups":[…],
 *	 "invitations":[{"group":{"id":7,"name":"team"},"user":{"id":8,"name":"bob"}}]}
 *
 * An unknown name and a wrong password are answered alike, and after the same time. After some of them it is
 * rate_limited, with retry_after_ms: see session/guess.h.
 * quiet: nobody is told that the user came or went.
 */
#include "db/user.h"
#include "handlers/ops.h"
#include "handlers/password.h"
#include "handlers/show.h"
#include "lib/log.h"
#include "lib/tally.h"
#include "session/guess.h"
#include "session/life.h"

/* The session reply, in the order of life.h. */
static enum error
login_begin(struct session *s, struct req *rq, struct opened *o, const char *name, const char *device, const char *token)
{
	struct page friends, groups;
	enum error e;

	jw_named(&rq->body, "user", o->user, name);
	jw_str(&rq->body, "device", device);
	jw_str(&rq->body, "token", token);
	jw_str(&rq->body, "epoch", o->epoch);
	if ((e = life_begin(s, o, name)) != E_OK)
		return e;
	db_part(s->db, "friend");
	page_within(&friends, &rq->body, REPLY_MAX / 3);
	show_friends(s, &rq->body, &friends);
	db_part(s->db, "group");
	page_within(&groups, &rq->body, REPLY_MAX / 3);
	show_groups(s, &rq->body, &groups);
	if (friends.more)
		jw_bool(&rq->body, "friends_more", true);
	if (groups.more)
		jw_bool(&rq->body, "groups_more", true);
	db_part(s->db, "invitation");
	show_invitations(s, &rq->body);
	log_info("login", "device=%s addr=%s session=%lld", device, s->place.addr, (long long)s->id);
	return E_OK;
}

static enum error
login_refused(const struct session *s, enum error e, uint64_t said, int64_t wait)
{
	guess_tell(said, s->source, wait);
	tally("login_refused", error_wire(e), s->place.addr);
	return e;
}

/* The password, if one may be tried now. known is asked for where it matters, whether there is such an account or not. */
static enum error
login_check(struct session *s, struct req *rq, const struct user *u, uint64_t said, const char *password, const char *stored)
{
	uint64_t account = u->id != 0 ? guess_account(u->id, NULL) : said, source = s->source;
	bool asked = guess_is_doubtful(account), known = true;
	enum error e = asked ? db_user_source(s->db, u->id, s->place.addr, &known) : E_OK;

	if (e != E_OK)
		return e;
	e = password_try(s, rq, account, known, password, stored);
	if (e == E_OK)
		guess_succeeded(account, source);
	if (e == E_RATE_LIMITED)
		return login_refused(s, e, said, rq->retry_after);
	if (e != E_BAD_CREDENTIALS)
		return e;
	if (!asked && (e = db_user_source(s->db, u->id, s->place.addr, &known)) != E_OK)
		return e;
	if (!known)
		guess_failed_abroad(account);
	return login_refused(s, E_BAD_CREDENTIALS, said, guess_wait(account, source, known));
}

enum error
op_login(struct session *s, struct req *rq)
{
	const char *name = NULL, *password, *device = "default", *stored = NULL;
	char token[TOKEN_HEX + 1], hash[TOKEN_HEX + 1];
	struct user u = {0};
	struct opened o;
	int64_t id = 0;
	uint64_t said;
	enum error e;

	if (has(rq, "name") == has(rq, "id"))
		return refuse(rq, E_BAD_REQUEST, "either name or id is wanted");
	if ((e = may_str(rq, "name", 1, 200, &name)) != E_OK || (e = may_int(rq, "id", 1, INT64_C(1) << 53, &id)) != E_OK ||
	    (e = want_str(rq, "password", 1, 256, &password)) != E_OK ||
	    (has(rq, "device") && (e = want_chars(rq, "device", 1, 32, &device)) != E_OK) ||
	    (e = may_bool(rq, "quiet", &s->place.quiet)) != E_OK)
		return e;
	said = guess_account(id, name);
	if ((rq->retry_after = guess_told(said, s->source)) > 0) /* costs no connection to PostgreSQL */
		return login_refused(s, password_wait(rq), said, rq->retry_after);
	e = db_user_auth(s->db, name, id, &u, &stored);
	if (e != E_OK && e != E_NOT_FOUND)
		return e;
	if ((e = login_check(s, rq, &u, said, password, stored)) != E_OK)
		return e;
	life_remembers(s, u.dialect);
	token_new(token);
	token_hash(token, hash);
	e = life_open(s, u.id, stored, device, hash, &o);
	if (e == E_OK)
		e = login_begin(s, rq, &o, u.name, device, token);
	secret_wipe(token, sizeof(token));
	return e;
}

enum error
op_resume(struct session *s, struct req *rq)
{
	char hash[TOKEN_HEX + 1];
	const char *token;
	struct opened o;
	enum error e;

	if ((e = want_str(rq, "token", 1, 200, &token)) != E_OK || (e = may_bool(rq, "quiet", &s->place.quiet)) != E_OK)
		return e;
	/*
	 * A request may have waited in the socket of a node that was stopped. Its client
	 * is elsewhere by now, and must not be thrown out by its own past.
	 */
	if (session_is_gone(s))
		return E_UNAVAILABLE;
	token_hash(token, hash);
	e = life_resume(s, hash, &o);
	if (e == E_BAD_CREDENTIALS)
		return refuse(rq, e, "that token is not valid; log in with the password");
	return e != E_OK ? e : login_begin(s, rq, &o, o.user_name, o.device_name, token);
}
