/* SPDX-License-Identifier: ISC */
#include "client/verb.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/session.h"
#include "lib/jw.h"

/*
 * Kinds of words; a capital letter may be missing.
 *
 *	u  a user		g  a group		h  a group, for a person the present one if not named
 *	n  how many		t  all the rest
 */
static const struct verb verbs[] = {
	{VERB_TALK, "search", "TEXT", "everything you may see that contains TEXT", "search", "t", .rows = "messages"},
	{VERB_TALK, "unread", "", "where there is something new", "convs", "", .rows = "convs", .show = show_unread},
	{VERB_PEOPLE, "who", "", "friends who are online", "friends", "", .rows = "friends", .show = show_online},
	{VERB_PEOPLE, "friends", "", "all of them", "friends", "", .rows = "friends", .show = show_friend},
	{VERB_PEOPLE, "add", "NAME", "put someone on your list; it is mutual when both have", "friend_add", "u",
	    .said = "%s is on your list of friends"},
	{VERB_PEOPLE, "remove", "NAME", "take someone off your list", "friend_remove", "u",
	    .said = "%s is no longer on your list of friends"},
	{VERB_PEOPLE, "block", "NAME", "refuse what NAME writes", "block", "u", .said = "%s can no longer write to you"},
	{VERB_PEOPLE, "unblock", "NAME", "and take it again", "unblock", "u", .said = "%s may write to you again"},
	{VERB_GROUPS, "groups", "", "your groups", "groups", "", .rows = "groups", .show = show_group},
	{VERB_GROUPS, "create", "NAME [WHAT FOR]", "a new group", "group_create", "gT", .once = true, .goes = true},
	{VERB_GROUPS, "join", "NAME", "become a member of a group that is open, or invited you", "group_join", "g",
	    .goes = true},
	{VERB_GROUPS, "leave", "[GROUP]", "leave a group", "group_leave", "h", .said = "%s: left"},
	{VERB_GROUPS, "members", "[GROUP]", "who is in a group", "group_members", "h", .rows = "members",
	    .show = show_member_row},
	{VERB_GROUPS, "invite", "NAME [GROUP]", "let someone join a group", "group_invite", "uh", .said = "%s is invited"},
	{VERB_GROUPS, "kick", "NAME [GROUP]", "put someone out of a group", "group_kick", "uh", .said = "%s is out"},
};

const struct verb *
verb_at(size_t i)
{
	return i < sizeof(verbs) / sizeof(*verbs) ? &verbs[i] : NULL;
}

const struct verb *
verb_named(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strlen(verbs[i].name) == n && strncasecmp(verbs[i].name, name, n) == 0)
			return &verbs[i];
	return NULL;
}

static void
name_it(struct buf *b, struct buf *about, const char *key, const char *name)
{
	bool group = strcmp(key, "group") == 0;

	name += group && *name == '#';
	jw_str(b, key, name);
	if (buf_len(about) == 0)
		buf_addf(about, "%s%s", group ? "#" : "", name);
}

static bool
add_word(struct buf *b, struct buf *about, const struct verb *v, char kind, const char *word)
{
	char *end;
	long n;

	switch (kind) {
	case 'u':
		name_it(b, about, "user", word);
		return true;
	case 'g':
	case 'h':
		name_it(b, about, "group", word);
		return true;
	case 'n':
		n = strtol(word, &end, 10);
		jw_int(b, "limit", n);
		return *end == '\0' && n >= 1 && n <= 200;
	default:
		jw_str(b, strcmp(v->op, "group_create") == 0 ? "description" : "text", word);
		return true;
	}
}

bool
verb_request(const struct verb *v, struct words *words, struct buf *b, struct buf *about)
{
	bool good = true;

	*b = request(v->op);
	for (const char *kind = v->args; *kind != '\0' && good; kind++) {
		char lower = (char)(*kind | 32);
		const char *word = words->take(words, lower);

		good = word != NULL ? add_word(b, about, v, lower, word) : *kind != lower;
	}
	if (good && words->take(words, '\0') == NULL)
		return true;
	buf_free(b);
	buf_free(about);
	return false;
}

void
verb_target(struct buf *b, const char *label)
{
	if (*label == '#')
		jw_str(b, "group", label + 1);
	else
		jw_str(b, "to", label);
}
