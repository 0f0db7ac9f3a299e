/* SPDX-License-Identifier: ISC */
/*
 * numbered_login - the login reply in one frame. Friends first, then groups, then
 * members of the groups, each as a string that contains JSON, and each whole or not
 * at all. Both A's and C's spelling of every id.
 */
#include "front/numbered_login.h"

#include <json-c/json.h>
#include <string.h>

#include "front/numbered_form.h"
#include "front/numbered_frame.h"
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

static void
friend_text(struct buf *b, struct json_object *f)
{
	jw_open(b, NULL, '{');
	jw_int(b, "id", int_of(f, "id"));
	jw_str(b, "name", str_of(f, "name"));
	jw_str(b, "state", str_of(f, "state"));
	jw_close(b, '}');
}

static void
member_text(struct buf *b, struct json_object *m)
{
	jw_open(b, NULL, '{');
	jw_int(b, "id", int_of(m, "id"));
	jw_str(b, "name", str_of(m, "name"));
	jw_str(b, "role", str_of(m, "role"));
	jw_str(b, "state", str_of(m, "state"));
	jw_int(b, "userid", int_of(m, "id"));
	jw_close(b, '}');
}

/* Up to where its users begin. */
static void
group_text(struct buf *b, struct json_object *g)
{
	jw_open(b, NULL, '{');
	jw_str(b, "groupdesc", str_of(g, "description"));
	jw_int(b, "groupid", int_of(g, "id"));
	jw_str(b, "groupname", str_of(g, "name"));
	jw_int(b, "id", int_of(g, "id"));
	jw_open(b, "users", '[');
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
	struct buf b = {0};
	struct req *rq;

	jw_open(&b, NULL, '{');
	buf_add(&b, buf_data(&done->body), buf_len(&done->body));
	jw_close(&b, '}');
	rq = request_parse(buf_data(&b), buf_len(&b));
	buf_free(&b);
	return rq;
}

static void
add_friends(struct buf *b, size_t *room, struct json_object *friends)
{
	struct buf text = {0};
	size_t n = 0;

	for (; n < count(friends); n++) {
		size_t frame = n == 0 ? strlen(",\"friends\":[\"\"]") : strlen(",\"\"");

		buf_cut(&text, 0);
		friend_text(&text, json_object_array_get_idx(friends, n));
		if (cost(&text) + frame > *room)
			break;
		*room -= cost(&text) + frame;
		if (n == 0)
			jw_open(b, "friends", '[');
		jw_strn(b, NULL, buf_data(&text), buf_len(&text));
	}
	if (n > 0)
		jw_close(b, ']');
	buf_free(&text);
}

/* Members of one group, as many as still fit. */
static void
add_members(struct numbered *v, struct item *g, size_t *room)
{
	struct req *done = ask_members(v, g->id), *reply = done != NULL ? parse_body(done) : NULL;
	struct json_object *members = reply != NULL ? json_object_object_get(reply->json, "members") : NULL;
	struct buf text = {0};

	for (size_t i = 0; i < count(members) && i < MEMBERS_MAX; i++) {
		size_t before = buf_len(&g->text), was = cost(&g->text);

		buf_cut(&text, 0);
		member_text(&text, json_object_array_get_idx(members, i));
		jw_strn(&g->text, NULL, buf_data(&text), buf_len(&text));
		if (cost(&g->text) - was > *room) {
			buf_cut(&g->text, before);
			break;
		}
		*room -= cost(&g->text) - was;
	}
	buf_free(&text);
	request_free(reply);
	request_free(done);
}

static void
add_groups(struct numbered *v, struct buf *b, size_t *room, struct json_object *groups)
{
	struct item items[GROUPS_MAX] = {{.id = 0}};
	size_t n = 0;

	for (; n < count(groups) && n < GROUPS_MAX; n++) {
		struct json_object *g = json_object_array_get_idx(groups, n);
		size_t frame = n == 0 ? strlen(",\"groups\":[\"]}\"]") : strlen(",\"]}\"");

		group_text(&items[n].text, g);
		items[n].id = int_of(g, "id");
		if (cost(&items[n].text) + frame > *room) {
			buf_free(&items[n].text);
			break;
		}
		*room -= cost(&items[n].text) + frame;
	}
	if (n == 0)
		return;
	jw_open(b, "groups", '[');
	for (size_t i = 0; i < n; i++) {
		add_members(v, &items[i], room);
		jw_close(&items[i].text, ']');
		jw_close(&items[i].text, '}');
		jw_strn(b, NULL, buf_data(&items[i].text), buf_len(&items[i].text));
		buf_free(&items[i].text);
	}
	jw_close(b, ']');
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
login_reply(struct numbered *v, struct req *done, struct buf *b)
{
	struct req *reply = parse_body(done);
	struct json_object *user = json_object_object_get(reply->json, "user");
	char letter = v->letter;
	size_t room;

	jw_open(b, NULL, '{');
	jw_int(b, "errno", 0);
	jw_int(b, "id", int_of(user, "id"));
	jw_int(b, form_key(letter), form_reply(letter, W_LOGIN));
	jw_str(b, "name", str_of(user, "name"));
	room = FRAME_TEXT - buf_len(b) - 2; /* } and NUL */
	add_friends(b, &room, json_object_object_get(reply->json, "friends"));
	add_groups(v, b, &room, json_object_object_get(reply->json, "groups"));
	jw_close(b, '}');
	request_free(reply);
}
