/* SPDX-License-Identifier: ISC */
#include "client/verb.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/input.h"
#include "client/js.h"
#include "client/session.h"
#include "lib/jw.h"

/*
 * Kinds of words; a capital letter may be missing.
 *
 *	u  a user		g  a group		n  a new one
 *	h  a group, for a person the present one if not named
 *	p  the same, named with # only
 *	d  a device		r  a role
 *	s  what to set		t  all the rest
 *	o, w, x  a password, which is asked for: see secrets
 */
static const struct verb verbs[] = {
	{VERB_TALK, "search", "TEXT", "everything you may see that contains TEXT", "search", "t", .rows = "messages",
	    .show = show_hit, .newest_first = true},
	{VERB_TALK, "unread", "", "where there is something new", "convs", "", .rows = "convs", .show = show_unread},
	{VERB_PEOPLE, "who", "", "friends who are online", "friends", "", .rows = "friends", .show = show_online},
	{VERB_PEOPLE, "friends", "", "all of your list", "friends", "", .rows = "friends", .show = show_friend},
	{VERB_PEOPLE, "add", "NAME", "put someone on your list; it is mutual when both have", "friend_add", "u",
	    .said = "%s is on your list of friends"},
	{VERB_PEOPLE, "remove", "NAME", "take someone off your list", "friend_remove", "u",
	    .said = "%s is no longer on your list of friends"},
	{VERB_PEOPLE, "block", "NAME", "refuse what NAME writes", "block", "u", .said = "%s can no longer write to you"},
	{VERB_PEOPLE, "unblock", "NAME", "and take it again", "unblock", "u", .said = "%s may write to you again"},
	{VERB_PEOPLE, "blocked", "", "whom you have blocked", "blocks", "", .rows = "blocks", .show = show_user},
	{VERB_GROUPS, "groups", "", "your groups", "groups", "", .rows = "groups", .show = show_group},
	{VERB_GROUPS, "find", "TEXT", "open groups with TEXT in their name", "group_find", "t", .rows = "groups",
	    .show = show_found},
	{VERB_GROUPS, "create", "[--invite-only] NAME [WHAT FOR]", "a new group, open to all or to the invited",
	    "group_create", "nT", .once = true, .goes = true},
	{VERB_GROUPS, "join", "NAME", "become a member of a group that is open, or invited you", "group_join", "g",
	    .goes = true},
	{VERB_GROUPS, "leave", "[GROUP]", "leave a group", "group_leave", "h", .said = "%s: left"},
	{VERB_GROUPS, "members", "[GROUP]", "who is in a group", "group_members", "h", .rows = "members",
	    .show = show_member_row},
	{VERB_GROUPS, "invite", "NAME [GROUP]", "let someone join a group", "group_invite", "uh", .said = "%s is invited"},
	{VERB_GROUPS, "kick", "NAME [GROUP]", "put someone out of a group", "group_kick", "uh", .said = "%s is out"},
	{VERB_GROUPS, "ban", "NAME [GROUP]", "put someone out, and keep out", "group_ban", "uh",
	    .said = "%s is out and stays out"},
	{VERB_GROUPS, "unban", "NAME [GROUP]", "let someone come back", "group_unban", "uh", .said = "%s may come back"},
	{VERB_GROUPS, "role", "NAME admin|normal|creator [GROUP]", "what someone may do in a group; creator hands it over",
	    "group_role", "urh", .said = "%s has that role now"},
	{VERB_GROUPS, "set", "[#GROUP] name|description|join|history VALUE",
	    "change a group: join is open or invite, history (for who joins) joined or all", "group_set", "pst",
	    .said = "%s is changed"},
	{VERB_ACCOUNT, "passwd", "", "another password; your other devices have to log in again", "passwd", "ow", .once = true,
	    .said = "the password is changed; your other devices have to log in again"},
	{VERB_ACCOUNT, "unregister", "", "delete your account; asks for the password", "account_delete", "x", .once = true},
	{VERB_ACCOUNT, "devices", "", "where you are logged in", "devices", "", .rows = "devices", .show = show_device},
	{VERB_ACCOUNT, "revoke", "DEVICE", "end the login of one of your devices", "device_revoke", "d",
	    .said = "%s is logged out"},
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

static const struct secret {
	char kind;
	bool is_new;
	const char *key, *prompt;
} secrets[] = {
	{'o', false, "old", "present password"},
	{'w', true, "new", "new password"},
	{'x', false, "password", "password, to delete the account for ever"},
};

/* False: it was not given. */
static bool
add_secret(struct buf *b, struct words *words, const struct secret *secret)
{
	password_forget(words->secret);
	words->secret = words->ask(words, secret->prompt, secret->is_new);
	if (words->secret != NULL)
		jw_str(b, secret->key, words->secret);
	return words->secret != NULL;
}

/* key keeps a word that only says what the next one is. */
static bool
add_word(struct buf *b, struct buf *about, const char **key, char kind, const char *word)
{
	static const char *const settings[] = {"name", "description", "join", "history"};
	static const char *const keys[] = {['u'] = "user", ['g'] = "group", ['n'] = "name", ['h'] = "group", ['p'] = "group",
	    ['d'] = "device", ['r'] = "role"};
	bool group = strchr("gnhp", kind) != NULL;

	if (kind == 's') {
		for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
			if (strcmp(word, settings[i]) == 0)
				*key = settings[i];
		return strcmp(*key, word) == 0;
	}
	word += group && *word == '#';
	jw_str(b, kind == 't' ? *key : keys[(unsigned char)kind], word);
	if (buf_len(about) == 0)
		buf_addf(about, "%s%s", group ? "#" : "", word);
	return true;
}

static int
add_next(struct words *words, char kind, struct buf *b, struct buf *about, const char **key)
{
	const char *word;

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (secrets[i].kind == kind)
			return add_secret(b, words, &secrets[i]) ? 1 : -1;
	word = words->take(words, (char)(kind | 32));
	return word != NULL ? add_word(b, about, key, (char)(kind | 32), word) : kind < 'a';
}

int
verb_request(const struct verb *v, struct words *words, struct buf *b, struct buf *about)
{
	bool creates = strcmp(v->op, "group_create") == 0;
	const char *key = creates ? "description" : "text";
	int rc = 1;

	*b = request(v->op);
	for (const char *kind = v->args; *kind != '\0' && rc == 1; kind++)
		rc = add_next(words, *kind, b, about, &key);
	if (creates && words->invite_only)
		jw_str(b, "join", "invite");
	if (rc == 1 && words->take(words, '\0') != NULL)
		rc = 0;
	if (rc != 1) {
		buf_free(b);
		buf_free(about);
	}
	return rc;
}

void
verb_form(struct buf *b, const struct verb *v)
{
	const char *group = strstr(v->form, "GROUP]"), *from = group;

	if (group == NULL) {
		buf_adds(b, v->form);
		return;
	}
	while (*from != '[')
		from--;
	buf_addf(b, "%.*s%.*s%s", (int)(from - v->form), v->form, (int)(group + 5 - from - 1), from + 1, group + 6);
}

struct json_object *
verb_row(const struct verb *v, struct json_object *reply, size_t i)
{
	size_t n = js_len(reply, v->rows);

	return i >= n ? NULL : js_at(reply, v->rows, v->newest_first ? n - 1 - i : i);
}

enum ask_how
verb_how(const struct verb *v)
{
	if (v->once || v->rows == NULL)
		return v->once ? ASK_ONCE : ASK_REPEATABLE;
	return strchr(v->args, 't') != NULL ? ASK_SOME : ASK_ALL;
}

void
verb_target(struct buf *b, const char *label)
{
	if (*label == '#')
		jw_str(b, "group", label + 1);
	else
		jw_str(b, "to", label);
}
