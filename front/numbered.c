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

#include "db/user.h"
#include "front/numbered_form.h"
#include "front/numbered_frame.h"
#include "front/numbered_login.h"
#include "front/numbered_queue.h"
#include "front/speak.h"
#include "handlers/table.h"
#include "lib/hex.h"
#include "lib/jw.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "session/limits.h"

#define CID_RANDOM 16 /* bytes */
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
	ours = !has(rq, "op") && (has(rq, "msgid") || has(rq, "msgId"));
	request_free(rq);
	return ours ? OURS : NOT_OURS;
}

static void *
numbered_begin(struct peer *peer, struct session *session)
{
	struct numbered *v = mem_alloc(sizeof(*v));

	v->peer = peer;
	v->session = session;
	objects_init(&v->objects, peer);
	v->letter = session->node->dialect[0];
	hex_random(v->cid, CID_RANDOM);
	return v;
}

static void
numbered_free(void *self)
{
	queue_free(self);
	free(self);
}

/* What a request revealed is remembered for the user's next login. */
static void
numbered_remember(struct numbered *v, int64_t user)
{
	char letter[2] = {v->letter, '\0'};

	if (v->revealed && v->stored != v->letter && db_user_dialect(v->session->db, user, letter) == E_OK)
		v->stored = v->letter;
}

static void
numbered_refuse(struct numbered *v, enum error e, const char *why)
{
	log_info("refused", "error=%s", error_wire(e));
	frame_tell(v, why);
}

static void
tell_refusal(struct numbered *v, enum wish w, enum error e, const char *why)
{
	struct buf b = {0};

	log_info("refused", "op=%s error=%s", native[w].op, error_wire(e));
	buf_addf(&b, "%s: %s", native[w].not_done, why);
	frame_tell(v, buf_str(&b));
	buf_free(&b);
}

/* Request to native request */

/* Who speaks is who logged in. A request that names somebody else is refused. */
static enum error
check_speaker(struct numbered *v, struct req *rq)
{
	static const char *const keys[] = {"id", "fromid", "userid"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int64_t id = 0;
		enum error e = may_int(rq, keys[i], 0, INT64_C(1) << 53, &id);

		if (e != E_OK)
			return e;
		if (has(rq, keys[i]) && id != v->session->user)
			return refuse(rq, E_FORBIDDEN, "%s: you are user %" PRId64 " and speak for nobody else", keys[i], v->session->user);
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

	if (strcmp(theirs, "friendid") == 0 && has(rq, "friendId"))
		theirs = "friendId";
	if (strcmp(theirs, "groupdesc") == 0 && !has(rq, theirs))
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

/* The native request's object; freed by the caller, whatever is returned. */
static enum error
translate(struct numbered *v, struct req *rq, enum wish w, struct json_object *out)
{
	enum error e;

	add_str(out, "op", native[w].op);
	if (w == W_LOGIN)
		add_str(out, "device", "numbered");
	else if (session_is_on(v->session) && w != W_REGISTER && (e = check_speaker(v, rq)) != E_OK)
		return e;
	for (size_t i = 0; i < 2 && native[w].fields[i].theirs != NULL; i++)
		if ((e = copy_field(rq, native[w].fields[i].theirs, native[w].fields[i].ours, native[w].fields[i].type, out)) != E_OK)
			return e;
	if (strcmp(native[w].op, "send") == 0) {
		/* They cannot ask again with the same one, so it only has to be new. */
		snprintf(v->cid + 2 * CID_RANDOM, sizeof(v->cid) - 2 * CID_RANDOM, "%" PRIx64, v->cids++);
		add_str(out, "cid", v->cid);
	}
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
reply_error(struct numbered *v, enum wish w, enum error e, const char *why)
{
	char letter = v->letter;
	struct buf b = {0};

	jw_open(&b, NULL, '{');
	if (w == W_LOGIN || e != E_NAME_TAKEN)
		jw_str(&b, "errmsg", why);
	jw_int(&b, "errno", number_of_error(w, e, letter));
	jw_int(&b, form_key(letter), form_reply(letter, w));
	jw_close(&b, '}');
	queue_reply(v, &b);
	buf_free(&b);
}

static void
registered(struct numbered *v, struct req *done)
{
	char letter = v->letter;
	struct buf b = {0};
	int64_t id = login_user(done);

	v->stored = '\0';
	numbered_remember(v, id);
	v->stored = '\0'; /* that was the new user's; whoever logs in may be another */
	jw_open(&b, NULL, '{');
	jw_int(&b, "errno", 0);
	jw_int(&b, "id", id);
	jw_int(&b, form_key(letter), form_reply(letter, W_REGISTER));
	jw_close(&b, '}');
	queue_reply(v, &b);
	buf_free(&b);
}

static void
done_well(struct numbered *v, enum wish w, struct req *done)
{
	struct buf b = {0};

	if (w == W_REGISTER) {
		registered(v, done);
		return;
	}
	if (w == W_LOGIN) {
		login_reply(v, done, &b);
		queue_reply(v, &b);
		buf_free(&b);
	}
	if (session_is_on(v->session))
		numbered_remember(v, v->session->user);
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

/* Where it stands for the one who has just logged in: what is remembered goes before a guess. */
static void
logged_in(struct numbered *v)
{
	v->stored = v->session->dialect;
	if (!v->revealed && v->stored != '\0' && v->stored != 'b')
		v->letter = v->stored;
}

static enum error
numbered_run(struct numbered *v, enum wish w, struct req *done)
{
	done->password_min = 1; /* the older clients cannot say more, and always could say less */
	if (w == W_LOGOUT && session_is_on(v->session))
		queue_logout(v);
	table_call(v->session, done);
	if (w == W_LOGIN && done->error == E_OK)
		logged_in(v);
	return done->error;
}

static void
take(struct numbered *v, struct req *rq)
{
	struct json_object *native_json;
	struct req *done;
	struct form f;
	enum error e;

	if (has(rq, "msgId"))
		v->letter = 'b';
	if (!form_find(rq, v->letter, &f)) {
		log_info("unknown_number", "addr=%s", v->peer->addr);
		return;
	}
	if (f.certain) {
		v->letter = f.letter;
		v->revealed = true;
	}
	native_json = json_object_new_object();
	e = translate(v, rq, f.wish, native_json);
	done = request_new(native_json);
	done->bytes = rq->bytes;
	if (e == E_OK)
		e = numbered_run(v, f.wish, done);
	else
		refuse(done, e, "%s", rq->why);
	if (e == E_OK)
		done_well(v, f.wish, done);
	else
		refused(v, f.wish, e, done->why);
	if (!session_is_on(v->session) && (e == E_OK || e == E_BAD_CREDENTIALS || e == E_NAME_TAKEN) &&
	    v->session->node->login_timeout < MENU_MS)
		peer_arm(v->peer, D_LOGIN, MENU_MS);
	request_free(done);
}

static void
numbered_input(void *self)
{
	struct numbered *v = self;
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

static void
numbered_end(void *self)
{
	queue_end(self);
}

const struct front front_numbered = {
    .recognise = numbered_recognise,
    .begin = numbered_begin,
    .input = numbered_input,
    .event = numbered_event,
    .work = numbered_work,
    .due = numbered_due,
    .end = numbered_end,
    .free = numbered_free,
    .login_ms = MENU_MS,
};
