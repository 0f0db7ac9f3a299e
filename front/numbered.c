/* SPDX-License-Identifier: ISC */
/* dialect - numbered requests: each becomes the native one, is run like that, and answered as those servers did. */
#include "front/numbered.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "db/user.h"
#include "front/numbered_parts.h"
#include "handlers/request.h"
#include "lib/log.h"
#include "lib/mem.h"

#define MENU_MS 600000 /* their clients stand at a menu, and people type what we wait for */

enum type { INT, STR };

/* The native request of each numbered one, its fields under their names and ours, and what a refusal means. */
static const struct {
	const char *op, *not_done;
	struct {
		const char *theirs, *ours;
		enum type type;
	} fields[2];
} native[W_COUNT] = {
    [W_LOGIN] = {"login", "", {{"id", "id", INT}, {"password", "password", STR}}},
    [W_REGISTER] = {"register", "", {{"name", "name", STR}, {"password", "password", STR}}},
    [W_CHAT] = {"send", "not sent", {{"toid", "to", INT}, {"msg", "text", STR}}},
    [W_FRIEND] = {"friend_add", "friend not added", {{"friendid", "user", INT}}},
    [W_CREATE] = {"group_create", "group not created", {{"groupname", "name", STR}, {"groupdesc", "description", STR}}},
    [W_JOIN] = {"group_join", "group not joined", {{"groupid", "group", INT}}},
    [W_GROUP_CHAT] = {"send", "not sent to the group", {{"groupid", "group", INT}, {"msg", "text", STR}}},
    [W_LOGOUT] = {.op = "logout", .not_done = "not logged out"},
};

void
dialect_recognise(struct conn *c, const struct req *rq)
{
	unsigned char bits[16];
	int n = 0;

	if (has(rq, "op")) {
		c->speech = SPEECH_NATIVE;
		return;
	}
	if (!has(rq, "msgid") && !has(rq, "msgId"))
		return;
	c->speech = SPEECH_NUMBERED;
	c->dialect = mem_alloc(sizeof(*c->dialect));
	c->dialect->letter = has(rq, "msgId") ? 'b' : c->cf->dialect[0];
	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		die(71, "getrandom", "");
	for (size_t i = 0; i < sizeof(bits); i++)
		n += snprintf(c->dialect->cid + n, 3, "%02x", bits[i]);
}

void
dialect_free(struct conn *c)
{
	if (c->dialect != NULL)
		free(c->dialect->marks);
	free(c->dialect);
	c->dialect = NULL;
}

void
dialect_remembered(struct conn *c, const char *letter)
{
	struct dialect *d = c->dialect;

	if (d == NULL)
		return;
	d->stored = letter != NULL ? letter[0] : '\0';
	if (!d->revealed && d->stored != '\0' && d->stored != 'b')
		d->letter = d->stored;
}

/* What a request revealed is remembered for the user's next login. */
static void
remember(struct conn *c, int64_t user)
{
	struct dialect *d = c->dialect;
	char letter[2] = {d->letter, '\0'};

	if (d->revealed && d->stored != d->letter && db_user_dialect(c->db, user, letter) == E_OK)
		d->stored = d->letter;
}

void
dialect_refuse(struct conn *c, enum error e, const char *why)
{
	log_info("refused", "error=%s", error_wire(e));
	frame_tell(c, why);
}

static void
tell_refusal(struct conn *c, enum wish w, enum error e, const char *why)
{
	struct buf b = {0};

	log_info("refused", "op=%s error=%s", native[w].op, error_wire(e));
	buf_addf(&b, "%s: %s", native[w].not_done, why);
	frame_tell(c, buf_str(&b));
	buf_free(&b);
}

/* Request to native request */

/* Who speaks is who logged in. A request that names somebody else is refused. */
static enum error
check_speaker(struct conn *c, struct req *rq)
{
	static const char *const keys[] = {"id", "fromid", "userid"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int64_t id = 0;
		enum error e = may_int(rq, keys[i], 0, INT64_C(1) << 53, &id);

		if (e != E_OK)
			return e;
		if (has(rq, keys[i]) && id != c->user)
			return refuse(rq, E_FORBIDDEN, "%s: you are user %" PRId64 " and speak for nobody else", keys[i], c->user);
	}
	return E_OK;
}

static enum error
copy_field(struct req *rq, const char *theirs, const char *ours, enum type type, struct buf *out)
{
	const char *s;
	int64_t n;
	enum error e;

	if (strcmp(theirs, "friendid") == 0 && has(rq, "friendId"))
		theirs = "friendId";
	if (type == INT) {
		if ((e = want_int(rq, theirs, 1, INT64_C(1) << 53, &n)) == E_OK)
			jw_int(out, ours, n);
	} else if (strcmp(theirs, "groupdesc") == 0 && !has(rq, theirs)) {
		e = E_OK;
	} else if ((e = want_str(rq, theirs, 0, OBJECT_MAX, &s)) == E_OK) {
		jw_str(out, ours, s);
	}
	return e;
}

static enum error
translate(struct conn *c, struct req *rq, enum wish w, struct buf *out)
{
	struct dialect *d = c->dialect;
	enum error e;

	jw_open(out, NULL, '{');
	jw_str(out, "op", native[w].op);
	if (w == W_LOGIN)
		jw_str(out, "device", "numbered");
	else if (c->phase == PHASE_LOGGED_IN && w != W_REGISTER && (e = check_speaker(c, rq)) != E_OK)
		return e;
	for (size_t i = 0; i < 2 && native[w].fields[i].theirs != NULL; i++)
		if ((e = copy_field(rq, native[w].fields[i].theirs, native[w].fields[i].ours, native[w].fields[i].type, out)) != E_OK)
			return e;
	if (strcmp(native[w].op, "send") == 0) {
		/* They cannot ask again with the same one, so it only has to be new. */
		snprintf(d->cid + 32, sizeof(d->cid) - 32, "%" PRIx64, d->cids++);
		jw_str(out, "cid", d->cid);
	}
	jw_close(out, '}');
	return E_OK;
}

/* Native reply to numbered reply */

static int
number_of_error(enum wish w, enum error e, char letter)
{
	if (w == W_LOGIN && e == E_ALREADY_LOGGED_IN)
		return 2;
	return w == W_LOGIN && letter == 'b' ? 3 : 1;
}

static void
reply_error(struct conn *c, enum wish w, enum error e, const char *why)
{
	char letter = c->dialect->letter;
	struct buf b = {0};

	jw_open(&b, NULL, '{');
	if (w == W_LOGIN || e != E_NAME_TAKEN)
		jw_str(&b, "errmsg", why);
	jw_int(&b, "errno", number_of_error(w, e, letter));
	jw_int(&b, form_key(letter), form_reply(letter, w));
	jw_close(&b, '}');
	queue_reply(c, &b);
	buf_free(&b);
}

static void
registered(struct conn *c, struct req *done)
{
	char letter = c->dialect->letter;
	struct buf b = {0};
	int64_t id = reply_user(done);

	c->dialect->stored = '\0';
	remember(c, id);
	c->dialect->stored = '\0'; /* that was the new user's; whoever logs in may be another */
	jw_open(&b, NULL, '{');
	jw_int(&b, "errno", 0);
	jw_int(&b, "id", id);
	jw_int(&b, form_key(letter), form_reply(letter, W_REGISTER));
	jw_close(&b, '}');
	queue_reply(c, &b);
	buf_free(&b);
}

static void
done_well(struct conn *c, enum wish w, struct req *done)
{
	struct buf b = {0};

	if (w == W_REGISTER) {
		registered(c, done);
		return;
	}
	if (w == W_LOGIN) {
		login_reply(c, done, &b);
		queue_reply(c, &b);
		buf_free(&b);
	}
	if (c->phase == PHASE_LOGGED_IN)
		remember(c, c->user);
}

static void
refused(struct conn *c, enum wish w, enum error e, const char *why)
{
	if (e == E_UNAVAILABLE)
		why = "the database does not answer at this moment";
	else if (why[0] == '\0')
		why = error_sentence(e);
	if (w == W_LOGIN || w == W_REGISTER)
		reply_error(c, w, e, why);
	else if (w != W_LOGOUT || e != E_UNAVAILABLE) /* out in any case; the database learns it later */
		tell_refusal(c, w, e, why);
}

void
dialect_request(struct conn *c, struct req *rq)
{
	struct dialect *d = c->dialect;
	struct req *done = NULL;
	struct buf text = {0};
	struct form f;
	enum error e;

	if (!form_find(rq, d->letter, &f)) {
		log_info("unknown_number", "addr=%s", c->addr);
		return;
	}
	if (f.certain) {
		d->letter = f.letter;
		d->revealed = true;
	}
	e = translate(c, rq, f.wish, &text);
	if (e == E_OK) {
		done = request_parse(buf_data(&text), buf_len(&text));
		if (f.wish == W_LOGOUT && c->phase == PHASE_LOGGED_IN)
			queue_logout(c);
		e = handlers_call(c, done);
	}
	if (e == E_OK)
		done_well(c, f.wish, done);
	else
		refused(c, f.wish, e, done != NULL ? done->why : rq->why);
	if (c->phase != PHASE_LOGGED_IN && (e == E_OK || e == E_BAD_CREDENTIALS || e == E_NAME_TAKEN) &&
	    c->cf->login_timeout < MENU_MS)
		conn_arm(c, T_LOGIN, MENU_MS);
	request_free(done);
	buf_free(&text);
}
