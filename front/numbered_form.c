/* SPDX-License-Identifier: ISC */
/*
 * numbered_form - the numbers of the three dialects. B is known by its key. A and C
 * share theirs, and mean different things by the same number; number and field set
 * together are unambiguous for every request but login.
 */
#include "front/numbered_form.h"

#include <json-c/json.h>
#include <string.h>

static const char letters[] = {'a', 'b', 'c'};

static const int requests[][W_COUNT] = {
    /*	login	register chat	friend	create	join	group	logout */
    {1, 3, 5, 6, 7, 8, 9, 10},
    {1002, 1000, 1004, 1005, 1006, 1007, 1008, 1009},
    {1, 4, 6, 7, 8, 9, 10, 3},
};

static const int replies[][2] = {
    /*	login	register */
    {2, 4},
    {1003, 1001},
    {2, 5},
};

/* What tells requests with the same number apart, A being asked first: fields it must have, and must not have. */
static const struct {
	const char *has[2], *not[2];
} fields[W_COUNT] = {
    [W_LOGIN] = {{NULL}, {NULL}},
    [W_REGISTER] = {{"name"}, {NULL}},
    [W_CHAT] = {{"toid"}, {NULL}},
    [W_FRIEND] = {{"friendid"}, {"toid"}},
    [W_CREATE] = {{"groupname"}, {"friendid"}},
    [W_JOIN] = {{"groupid"}, {"groupname"}},
    [W_GROUP_CHAT] = {{"groupid", "msg"}, {NULL}},
    [W_LOGOUT] = {{NULL}, {"groupid", "msg"}},
};

static bool
given(const struct req *rq, const char *key)
{
	return has(rq, key) || (strcmp(key, "friendid") == 0 && has(rq, "friendId"));
}

static bool
fits(const struct req *rq, enum wish w)
{
	for (int i = 0; i < 2 && fields[w].has[i] != NULL; i++)
		if (!given(rq, fields[w].has[i]))
			return false;
	for (int i = 0; i < 2 && fields[w].not[i] != NULL; i++)
		if (given(rq, fields[w].not[i]))
			return false;
	return true;
}

static int
row(char letter)
{
	return letter - 'a';
}

static bool
by_number(char letter, int64_t number, enum wish *w)
{
	for (int i = 0; i < W_COUNT; i++)
		if (requests[row(letter)][i] == number) {
			*w = (enum wish)i;
			return true;
		}
	return false;
}

static bool
number_of(const struct req *rq, const char *key, int64_t *number)
{
	struct json_object *v;

	if (!json_object_object_get_ex(rq->json, key, &v) || !json_object_is_type(v, json_type_int))
		return false;
	*number = json_object_get_int64(v);
	return true;
}

bool
form_find(const struct req *rq, char guess, struct form *f)
{
	int64_t number;
	enum wish w;

	if (number_of(rq, "msgId", &number)) {
		*f = (struct form){.letter = 'b', .certain = true};
		return by_number('b', number, &f->wish);
	}
	if (!number_of(rq, "msgid", &number))
		return false;
	for (size_t i = 0; i < sizeof(letters); i++)
		if (letters[i] != 'b' && by_number(letters[i], number, &w) && fits(rq, w)) {
			*f = (struct form){.wish = w, .letter = w == W_LOGIN ? guess : letters[i], .certain = w != W_LOGIN};
			return true;
		}
	/* Fields are missing, whichever it was meant to be; enough to refuse it by name. Log out needs none. */
	*f = (struct form){.letter = guess == 'a' ? 'a' : 'c'};
	if (by_number(f->letter, number, &f->wish) && f->wish != W_LOGOUT)
		return true;
	f->letter = f->letter == 'a' ? 'c' : 'a';
	return by_number(f->letter, number, &f->wish) && f->wish != W_LOGOUT;
}

const char *
form_key(char letter)
{
	return letter == 'b' ? "msgId" : "msgid";
}

int
form_push(char letter, bool group)
{
	return requests[row(letter)][group ? W_GROUP_CHAT : W_CHAT];
}

int
form_reply(char letter, enum wish w)
{
	return replies[row(letter)][w == W_REGISTER];
}
