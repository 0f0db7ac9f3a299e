/* SPDX-License-Identifier: ISC */
/*
 * numbered - the protocols of the older C++ cluster chat servers, so that their clients
 * connect unchanged. A numbered request becomes the native one and runs by the same
 * table; it is answered, and told of messages, as those servers did.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/numbered_form.h"
#include "front/numbered_frame.h"
#include "front/numbered_learn.h"
#include "front/numbered_login.h"
#include "front/numbered_queue.h"
#include "front/speak.h"
#include "handlers/table.h"
#include "lib/hex.h"
#include "lib/jw.h"
#include "lib/tally.h"
#include "lib/mem.h"
#include "session/limits.h"
#include "session/purse.h"

#define CID_RANDOM 16 /* bytes */
#define MENU_MS 600000 /* their clients stand at a menu, and people type what we wait for */

enum type { INT, STR };

/* The native request of each numbered one, the native names of its fields in the table's order, and what a refusal means. */
static const struct {
	const char *op, *not_done;
	struct {
		const char *ours; /* NULL: who speaks */
		enum type type;
	} fields[3];
} native[W_COUNT] = {
    [W_LOGIN] = {"login", "", {{"id", INT}, {"password", STR}}},
    [W_REGISTER] = {"register", "", {{"name", STR}, {"password", STR}}},
    [W_CHAT] = {"send", "not sent", {{NULL, INT}, {"to", INT}, {"text", STR}}},
    [W_FRIEND] = {"friend_add", "friend not added", {{NULL, INT}, {"user", INT}}},
    [W_CREATE] = {"group_create", "group not created", {{NULL, INT}, {"name", STR}, {"description", STR}}},
    [W_JOIN] = {"group_join", "group not joined", {{NULL, INT}, {"group", INT}}},
    [W_GROUP_CHAT] = {"send", "not sent to the group", {{NULL, INT}, {"group", INT}, {"text", STR}}},
    [W_LOGOUT] = {"logout", "not logged out", {{NULL, INT}}},
};

/* Their first object has a number, and no "op". */
static enum recognised
numbered_recognise(const char *first, size_t n)
{
	struct door door;
	struct req *rq;
	size_t used;
	bool ours;

	door_init(&door);
	switch (first[0] == '{' ? door_scan(&door, first, n, OBJECT_MAX_NEW, &used) : DOOR_BAD) {
	case DOOR_MORE:
		return MORE_WANTED;
	case DOOR_OBJECT:
		break;
	default:
		return NOT_OURS;
	}
	rq = request_parse(first, door.len);
	ours = !has(rq, "op") && dialect_key(rq) != NULL;
	request_free(rq);
	return ours ? OURS : NOT_OURS;
}

static void *
numbered_begin(struct peer *peer, struct session *session)
{
	struct numbered *v = mem_alloc(sizeof(*v));

	v->peer = peer;
	v->session = session;
	objects_init(&v->objects, peer, session);
	v->dialect = session->node->dialect;
	v->shown = !v->dialect->guess;
	hex_random(v->cid, CID_RANDOM);
	return v;
}

static void
numbered_free(void *self)
{
	queue_free(self);
	free(self);
}

static void
numbered_refuse(struct numbered *v, enum error e, const char *why)
{
	tally("refused", error_wire(e), v->peer->addr);
	frame_tell(v, why);
}

static void
tell_refusal(struct numbered *v, enum wish w, enum error e, const char *why)
{
	struct buf b = {0};

	tally("refused", error_wire(e), v->peer->addr);
	buf_addf(&b, "%s: %s", native[w].not_done, why);
	frame_tell(v, buf_str(&b));
	buf_free(&b);
}

/* Request to native request */

/* Who speaks is who logged in. A request that names somebody else is refused. */
static enum error
check_speaker(struct numbered *v, struct req *rq, const char *spellings)
{
	char name[SPELLING_MAX];

	while (dialect_spelling(&spellings, name)) {
		int64_t id = 0;
		enum error e = may_int(rq, name, 0, INT64_C(1) << 53, &id);

		if (e != E_OK)
			return e;
		if (has(rq, name) && id != v->session->user)
			return refuse(rq, E_FORBIDDEN, "%s: you are user %" PRId64 " and speak for nobody else", name, v->session->user);
	}
	return E_OK;
}

/* A field under its native name, in the request's own value. */
static enum error
copy_field(struct req *rq, const char *theirs, const char *ours, enum type type, struct json_object *out)
{
	struct json_object *value;
	const char *s;
	int64_t n;
	enum error e;

	if (strcmp(ours, "description") == 0 && !has(rq, theirs))
		return E_OK;
	e = type == INT ? want_int(rq, theirs, 1, INT64_C(1) << 53, &n) : want_str(rq, theirs, 0, OBJECT_MAX, &s);
	if (e == E_OK && json_object_object_get_ex(rq->json, theirs, &value))
		json_object_object_add(out, ours, json_object_get(value));
	return e;
}

static void
add_str(struct json_object *o, const char *key, const char *s)
{
	json_object_object_add(o, key, json_object_new_string(s));
}

/* A name without blanks at its ends: people type them, and their programs call any refusal a name that is taken. */
static void
trim_name(struct json_object *out)
{
	const char *name = json_object_get_string(json_object_object_get(out, "name")), *end = name + strlen(name);

	name += strspn(name, " \t\r\n");
	while (end > name && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	json_object_object_add(out, "name", json_object_new_string_len(name, (int)(end - name)));
}

/* The native request's object; freed by the caller, whatever is returned. */
static enum error
translate(struct numbered *v, struct req *rq, const struct form *f, struct json_object *out)
{
	enum wish w = f->wish;
	enum error e = E_OK;

	add_str(out, "op", native[w].op);
	if (w == W_LOGIN)
		add_str(out, "device", "numbered");
	for (int i = 0; i < 3 && e == E_OK && f->dialect->row[w].field[i] != NULL; i++) {
		const char *theirs = f->dialect->row[w].field[i], *ours = native[w].fields[i].ours;

		if (ours != NULL)
			e = copy_field(rq, dialect_field(rq, theirs), ours, native[w].fields[i].type, out);
		else if (session_is_on(v->session))
			e = check_speaker(v, rq, theirs);
	}
	if (e != E_OK)
		return e;
	if (w == W_REGISTER)
		trim_name(out);
	if (strcmp(native[w].op, "send") == 0) {
		/* They cannot ask again with the same one, so it only has to be new. */
		snprintf(v->cid + 2 * CID_RANDOM, sizeof(v->cid) - 2 * CID_RANDOM, "%" PRIx64, v->cids++);
		add_str(out, "cid", v->cid);
	}
	return E_OK;
}

/* Native reply to numbered reply */

static int
number_of_error(const struct dialect *d, enum wish w, enum error e)
{
	if (w == W_LOGIN && e == E_ALREADY_LOGGED_IN)
		return 2;
	return w == W_LOGIN ? d->row[R_WRONG].number : 1;
}

static void
reply_error(struct numbered *v, enum wish w, enum error e, const char *why)
{
	enum row r = w == W_LOGIN ? R_LOGIN_REPLY : R_REGISTER_REPLY;
	struct buf b = {0};

	jw_open(&b, NULL, '{');
	if (w == W_LOGIN || e != E_NAME_TAKEN)
		frame_str(&b, v->dialect->row[r].field[1], why);
	frame_int(&b, v->dialect->row[r].field[0], number_of_error(v->dialect, w, e));
	frame_number(&b, v->dialect, r);
	jw_close(&b, '}');
	queue_reply(v, &b);
	buf_free(&b);
}

static void
registered(struct numbered *v, struct req *done)
{
	const char *const *field = v->dialect->row[R_REGISTER_REPLY].field;
	struct buf b = {0};
	int64_t id = login_user(done);

	v->stored = '\0';
	learn_remember(v, id);
	v->stored = '\0'; /* that was the new user's; whoever logs in may be another */
	jw_open(&b, NULL, '{');
	frame_int(&b, field[0], 0);
	frame_int(&b, field[2], id);
	frame_number(&b, v->dialect, R_REGISTER_REPLY);
	jw_close(&b, '}');
	queue_reply(v, &b);
	buf_free(&b);
}

static void
done_well(struct numbered *v, enum wish w, struct req *done)
{
	if (w == W_REGISTER) {
		registered(v, done);
		return;
	}
	if (w == W_LOGIN)
		login_reply(v, done);
	if (session_is_on(v->session))
		learn_remember(v, v->session->user);
}

static void
refused(struct numbered *v, enum wish w, enum error e, const char *why)
{
	if (e == E_UNAVAILABLE)
		why = "the database does not answer at this moment";
	else if (why[0] == '\0')
		why = error_sentence(e);
	if (w == W_LOGIN || w == W_REGISTER)
		reply_error(v, w, e, why);
	else if (w != W_LOGOUT || e != E_UNAVAILABLE) /* out in any case; the database learns it later */
		tell_refusal(v, w, e, why);
}

static enum error
numbered_run(struct numbered *v, enum wish w, struct req *done)
{
	done->password_min = 1; /* the older clients cannot say more, and always could say less */
	if (w == W_LOGOUT)
		queue_heard(v); /* while its user is still known */
	table_call(v->session, done);
	if (w == W_LOGIN && done->error == E_OK)
		learn_login(v);
	if (w == W_LOGOUT && done->error == E_OK)
		queue_logged_out(v);
	return done->error;
}

static void
take(struct numbered *v, struct req *rq)
{
	struct json_object *native_json;
	struct req *done;
	struct form f;
	enum error e;

	if (learn_request(v, rq, &f) == UNFIT) {
		objects_unfit(&v->objects);
		return;
	}
	native_json = json_object_new_object();
	e = translate(v, rq, &f, native_json);
	done = request_new(native_json);
	done->bytes = rq->bytes;
	if (e == E_OK)
		e = numbered_run(v, f.wish, done);
	else {
		refuse(done, e, "%s", rq->why);
		purse_refused(v->session);
	}
	if (e == E_OK)
		done_well(v, f.wish, done);
	else
		refused(v, f.wish, e, done->why);
	if (!session_is_on(v->session) && (e == E_OK || e == E_BAD_CREDENTIALS || e == E_NAME_TAKEN || e == E_RATE_LIMITED) &&
	    v->session->node->login_timeout < MENU_MS)
		peer_arm(v->peer, D_LOGIN, MENU_MS);
	request_free(done);
}

static void
numbered_input(void *self)
{
	struct numbered *v = self;
	bool heard = objects_unseen(&v->objects);
	struct object o;
	int got;

	while ((got = objects_next(&v->objects, session_is_on(v->session) ? OBJECT_MAX : OBJECT_MAX_NEW, &o)) != 0)
		if (got > 0) {
			struct req *rq = request_parse(o.json, o.n);

			take(v, rq);
			request_free(rq);
		} else {
			numbered_refuse(v, o.error, o.why);
		}
	if (heard)
		queue_heard(v);
}

static void
numbered_event(void *self, const struct event *e)
{
	frame_event(self, e);
}

static void
numbered_work(void *self)
{
	queue_work(self);
}

static int64_t
numbered_due(void *self)
{
	return queue_due(self);
}

const struct front front_numbered = {
    .recognise = numbered_recognise,
    .begin = numbered_begin,
    .input = numbered_input,
    .event = numbered_event,
    .work = numbered_work,
    .due = numbered_due,
    .free = numbered_free,
    .login_ms = MENU_MS,
};
