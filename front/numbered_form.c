/* SPDX-License-Identifier: ISC */
/*
 * numbered_form - which dialect a request is of. On a listener that was told which,
 * there is one. Else B is known by its key. A and C share theirs, and mean different
 * things by the same number; number and field set together are unambiguous for every
 * request but login. Who has shown one of them does not speak another.
 */
#include "front/numbered_form.h"

#include <json-c/json.h>
#include <string.h>

/* What tells requests of A and C with the same number apart, A being asked first: fields they must have, and must not have. */
static const struct {
	const char *has[2], *not[2];
} marks[W_COUNT] = {
    [W_LOGIN] = {{NULL}, {NULL}},
    [W_REGISTER] = {{"name"}, {NULL}},
    [W_CHAT] = {{"toid"}, {NULL}},
    [W_FRIEND] = {{"friendid,friendId"}, {"toid"}},
    [W_CREATE] = {{"groupname"}, {"friendid,friendId"}},
    [W_JOIN] = {{"groupid"}, {"groupname"}},
    [W_GROUP_CHAT] = {{"groupid", "msg"}, {NULL}},
    [W_LOGOUT] = {{NULL}, {"groupid", "msg"}},
};

static bool
given(const struct req *rq, const char *spellings)
{
	return has(rq, dialect_field(rq, spellings));
}

static bool
is_marked(const struct req *rq, enum wish w)
{
	for (int i = 0; i < 2 && marks[w].has[i] != NULL; i++)
		if (!given(rq, marks[w].has[i]))
			return false;
	for (int i = 0; i < 2 && marks[w].not[i] != NULL; i++)
		if (given(rq, marks[w].not[i]))
			return false;
	return true;
}

/* Who speaks may be left out, and what a group is about. To log out takes nothing else, so a text to a group is none. */
static bool
is_complete(const struct req *rq, const struct dialect *d, enum wish w)
{
	if (w == W_LOGOUT)
		return !given(rq, d->row[W_GROUP_CHAT].field[1]) && !given(rq, d->row[W_GROUP_CHAT].field[2]);
	for (int i = w == W_LOGIN || w == W_REGISTER ? 0 : 1; i < (w == W_CREATE ? 2 : 3) && d->row[w].field[i] != NULL; i++)
		if (!given(rq, d->row[w].field[i]))
			return false;
	return true;
}

static bool
by_number(const struct req *rq, const struct dialect *d, enum wish *w)
{
	struct json_object *v;

	if (!json_object_object_get_ex(rq->json, d->key, &v) || !json_object_is_type(v, json_type_int))
		return false;
	for (int i = 0; i < W_COUNT; i++)
		if (d->row[i].number == json_object_get_int64(v)) {
			*w = (enum wish)i;
			return true;
		}
	return false;
}

/* Of a dialect that shares its numbers with no other. */
static enum fit
alone(const struct req *rq, const struct dialect *d, struct form *f)
{
	enum wish w;

	if (!by_number(rq, d, &w))
		return UNFIT;
	*f = (struct form){w, d, true};
	return is_complete(rq, d, w) ? FIT : LACKS;
}

static enum fit
a_or_c(const struct req *rq, const struct dialect *mine, bool shown, struct form *f)
{
	const struct dialect *a = dialect_of('a'), *c = dialect_of('c'), *both[] = {a, c}, *lacking[] = {mine, mine == a ? c : a};
	enum wish w;

	for (int i = 0; i < 2; i++)
		if (by_number(rq, both[i], &w) && is_marked(rq, w)) {
			*f = (struct form){w, w == W_LOGIN ? mine : both[i], w != W_LOGIN};
			return shown && f->dialect != mine ? UNFIT : FIT;
		}
	/* Fields are missing, whichever it was meant to be. Log out needs none. */
	for (int i = 0; i < 2; i++)
		if (by_number(rq, lacking[i], &w) && w != W_LOGOUT) {
			*f = (struct form){w, lacking[i], false};
			return LACKS;
		}
	return UNFIT;
}

enum fit
form_find(const struct req *rq, const struct dialect *mine, bool shown, struct form *f)
{
	const struct dialect *b = dialect_of('b');

	if (!mine->guess)
		return alone(rq, mine, f);
	if (has(rq, b->key))
		return shown && mine != b ? UNFIT : alone(rq, b, f);
	if (mine == b)
		return shown ? UNFIT : a_or_c(rq, dialect_of('c'), false, f);
	return a_or_c(rq, mine, shown, f);
}

const struct dialect *
form_of_whom(const struct req *rq)
{
	struct form f;

	return form_find(rq, dialect_of('c'), false, &f) == FIT && f.certain ? f.dialect : NULL;
}
