/* SPDX-License-Identifier: ISC */
/*
 * numbered_login - the login reply in one frame. Friends first, then groups, then
 * members of the groups, each as a string that contains JSON, and each whole or not
 * at all. Who and what did not fit is told by a chat.
 */
#include "front/numbered_login.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "front/numbered_frame.h"
#include "front/numbered_queue.h"
#include "handlers/table.h"
#include "lib/jw.h"

#define GROUPS_MAX 16 /* more than fit */
#define MEMBERS_MAX 16

/* A string inside the reply, and the strings inside that. */
struct item {
	struct buf text;  /* of a group: without its last two characters, ]} */
	int64_t id;
};

static int64_t
int_of(struct json_object *o, const char *key)
{
	return json_object_get_int64(json_object_object_get(o, key));
}

static const char *
str_of(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

static size_t
count(struct json_object *list)
{
	return list != NULL ? json_object_array_length(list) : 0;
}

static size_t
cost(const struct buf *b)
{
	return frame_escaped(buf_data(b), buf_len(b));
}

/* An object with the names of that row, brace left open. */
static void
item_open(struct buf *b, const char *const field[], struct json_object *o, const char *const ours[])
{
	jw_open(b, NULL, '{');
	for (int i = 0; i < ROW_FIELDS && ours[i] != NULL; i++)
		if (strcmp(ours[i], "id") == 0)
			frame_int(b, field[i], int_of(o, "id"));
		else
			frame_str(b, field[i], str_of(o, ours[i]));
}

static void
friend_text(const struct dialect *d, struct buf *b, struct json_object *f)
{
	item_open(b, d->row[R_FRIEND].field, f, (const char *const[]){"id", "name", "state", NULL});
	jw_close(b, '}');
}

static void
member_text(const struct dialect *d, struct buf *b, struct json_object *m)
{
	item_open(b, d->row[R_MEMBER].field, m, (const char *const[]){"id", "name", "role", "state", NULL});
	jw_close(b, '}');
}

/* Up to where its users begin. */
static void
group_text(const struct dialect *d, struct buf *b, struct json_object *g)
{
	item_open(b, d->row[R_GROUP].field, g, (const char *const[]){"id", "name", "description", NULL});
	jw_open(b, d->row[R_GROUP].field[3], '[');
}

/* A native request, run as if the client had sent it. NULL: refused. */
static struct req *
ask_members(struct numbered *v, int64_t group)
{
	struct json_object *o = json_object_new_object();
	struct req *rq;

	json_object_object_add(o, "op", json_object_new_string("group_members"));
	json_object_object_add(o, "group", json_object_new_int64(group));
	rq = request_new(o);
	if (table_call(v->session, rq) == E_OK)
		return rq;
	request_free(rq);
	return NULL;
}

/* The members of a reply as an object again. */
static struct req *
parse_body(const struct req *done)
{
	struct buf b = {.secret = true};
	struct req *rq;

	jw_open(&b, NULL, '{');
	buf_add(&b, buf_data(&done->body), buf_len(&done->body));
	jw_close(&b, '}');
	rq = request_parse(buf_data(&b), buf_len(&b));
	buf_free(&b);
	return rq;
}

/* What did not fit: "friends: 16 ann, 17 bob". */
static void
leave_out(struct buf *left, const char *what, struct json_object *list, size_t from)
{
	for (size_t i = from; i < count(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (i > from)
			buf_adds(left, ", ");
		else
			buf_addf(left, "%s%s: ", buf_len(left) > 0 ? "; " : "", what);
		buf_addf(left, "%" PRId64 " %s", int_of(o, "id"), str_of(o, "name"));
	}
}

/* Returns how many fit. */
static size_t
add_friends(const struct numbered *v, struct buf *b, size_t *room, struct json_object *friends)
{
	const char *field = v->dialect->row[R_LOGIN_REPLY].field[4];
	struct buf text = {0};
	size_t n = 0;

	for (; n < count(friends); n++) {
		size_t frame = n == 0 ? strlen(field) + strlen(",\"\":[\"\"]") : strlen(",\"\"");

		buf_cut(&text, 0);
		friend_text(v->dialect, &text, json_object_array_get_idx(friends, n));
		if (cost(&text) + frame > *room)
			break;
		*room -= cost(&text) + frame;
		if (n == 0)
			jw_open(b, field, '[');
		jw_strn(b, NULL, buf_data(&text), buf_len(&text));
	}
	if (n > 0)
		jw_close(b, ']');
	buf_free(&text);
	return n;
}

/* Members of one group, as many as still fit. */
static void
add_members(struct numbered *v, struct item *g, size_t *room, struct buf *left)
{
	struct req *done = ask_members(v, g->id), *reply = done != NULL ? parse_body(done) : NULL;
	struct json_object *members = reply != NULL ? json_object_object_get(reply->json, "members") : NULL;
	struct buf text = {0};
	size_t i = 0;

	for (; i < count(members) && i < MEMBERS_MAX; i++) {
		size_t before = buf_len(&g->text), was = cost(&g->text);

		buf_cut(&text, 0);
		member_text(v->dialect, &text, json_object_array_get_idx(members, i));
		jw_strn(&g->text, NULL, buf_data(&text), buf_len(&text));
		if (cost(&g->text) - was > *room) {
			buf_cut(&g->text, before);
			break;
		}
		*room -= cost(&g->text) - was;
	}
	if (i < count(members))
		buf_addf(left, "%s%zu more members of group %" PRId64, buf_len(left) > 0 ? "; " : "", count(members) - i, g->id);
	buf_free(&text);
	request_free(reply);
	request_free(done);
}

/* Returns how many fit. */
static size_t
add_groups(struct numbered *v, struct buf *b, size_t *room, struct json_object *groups, struct buf *left)
{
	const char *field = v->dialect->row[R_LOGIN_REPLY].field[5];
	struct item items[GROUPS_MAX] = {{.id = 0}};
	size_t n = 0;

	for (; n < count(groups) && n < GROUPS_MAX; n++) {
		struct json_object *g = json_object_array_get_idx(groups, n);
		size_t frame = n == 0 ? strlen(field) + strlen(",\"\":[\"]}\"]") : strlen(",\"]}\"");

		group_text(v->dialect, &items[n].text, g);
		items[n].id = int_of(g, "id");
		if (cost(&items[n].text) + frame > *room) {
			buf_free(&items[n].text);
			break;
		}
		*room -= cost(&items[n].text) + frame;
	}
	if (n == 0)
		return 0;
	jw_open(b, field, '[');
	for (size_t i = 0; i < n; i++) {
		add_members(v, &items[i], room, left);
		jw_close(&items[i].text, ']');
		jw_close(&items[i].text, '}');
		jw_strn(b, NULL, buf_data(&items[i].text), buf_len(&items[i].text));
		buf_free(&items[i].text);
	}
	jw_close(b, ']');
	return n;
}

int64_t
login_user(const struct req *done)
{
	struct req *reply = parse_body(done);
	int64_t id = int_of(json_object_object_get(reply->json, "user"), "id");

	request_free(reply);
	return id;
}

void
login_reply(struct numbered *v, struct req *done)
{
	struct req *reply = parse_body(done);
	struct json_object *user = json_object_object_get(reply->json, "user");
	struct json_object *friends = json_object_object_get(reply->json, "friends");
	struct json_object *groups = json_object_object_get(reply->json, "groups");
	const char *const *field = v->dialect->row[R_LOGIN_REPLY].field;
	struct buf b = {0}, left = {0}, members = {0};
	size_t room;

	jw_open(&b, NULL, '{');
	frame_int(&b, field[0], 0);
	frame_int(&b, field[2], int_of(user, "id"));
	frame_number(&b, v->dialect, R_LOGIN_REPLY);
	frame_str(&b, field[3], str_of(user, "name"));
	room = FRAME_TEXT - buf_len(&b) - 2; /* } and NUL */
	leave_out(&left, "friends", friends, add_friends(v, &b, &room, friends));
	leave_out(&left, "groups", groups, add_groups(v, &b, &room, groups, &members));
	jw_close(&b, '}');
	queue_reply(v, &b);
	if (buf_len(&left) > 0) { /* of members alone it is not worth saying at each login */
		if (buf_len(&members) > 0)
			buf_addf(&left, "; %s", buf_str(&members));
		buf_cut(&b, 0);
		buf_addf(&b, "not in your lists above for want of room: %s", buf_str(&left));
		frame_tell(v, buf_str(&b));
	}
	buf_free(&b);
	buf_free(&left);
	buf_free(&members);
	request_free(reply);
}
