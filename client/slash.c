/* SPDX-License-Identifier: ISC */
/* slash - the commands a person types: how their words are told apart, and the one table of them. */
#include "client/slash.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/js.h"
#include "client/screen.h"
#include "lib/mem.h"

struct slash_command {
	const char *name;
	const char *args; /* as /help shows them; NULL: none */
	const char *help;
	void (*run)(struct talk *t, char *rest);
};

/* How much of rest is a known name (`#` not counted): names may hold spaces. */
static size_t
known_prefix(const struct talk *t, const char *rest, bool group)
{
	size_t best = 0;

	json_object_object_foreach(t->names, key, unused) {
		const char *name = group ? key + 1 : key;
		size_t n = strlen(name);

		(void)unused;
		if ((*key == '#') == group && n > best && strncasecmp(rest, name, n) == 0 &&
		    (rest[n] == ' ' || rest[n] == '\0'))
			best = n;
	}
	return best;
}

char *
slash_take_name(const struct talk *t, char **rest, bool group)
{
	char *name = *rest, *end;

	if (group && *name == '#')
		name++;
	if (*name == '"' && strchr(name + 1, '"') != NULL) {
		name++;
		end = strchr(name, '"');
	} else {
		size_t n = known_prefix(t, name, group);

		end = name + (n > 0 ? n : strcspn(name, " \n"));
	}
	if (end == name)
		return NULL;
	*rest = end + (*end != '\0');
	*end = '\0';
	*rest += strspn(*rest, " ");
	return name;
}

const char *
slash_group_meant(struct talk *t, char **rest)
{
	char *name = **rest != '\0' ? slash_take_name(t, rest, true) : NULL;

	if (name != NULL)
		return name;
	if (t->here != NULL && t->here->label[0] == '#')
		return t->here->label + 1;
	talk_warn(t, "which group?");
	return NULL;
}

static void
slash_quit(struct talk *t, char *rest)
{
	(void)rest;
	talk_leave(t);
}

static void slash_help(struct talk *t, char *rest);

static const struct slash_command commands[] = {
	{"/msg", "NAME [TEXT]", "talk to NAME; then every plain line goes there", slash_msg},
	{"/group", "NAME [TEXT]", "the same with a group", slash_group},
	{"/history", "[N]", "the last entries of this conversation", slash_history},
	{"/search", "TEXT", "in everything you may see", slash_search},
	{"/unread", NULL, "where there is something new", slash_unread},
	{"/edit", "TEXT", "replace your last line here", slash_edit},
	{"/delete", NULL, "blank your last line here", slash_delete},
	{"/who", NULL, "friends who are online", slash_who},
	{"/friends", NULL, "all of them", slash_friends},
	{"/add", "NAME", "put someone on your list; it is mutual when both have", slash_add},
	{"/remove", "NAME", "take someone off your list", slash_remove},
	{"/block", "NAME", "refuse what NAME writes", slash_block},
	{"/unblock", "NAME", "and take it again", slash_unblock},
	{"/groups", NULL, "your groups", slash_groups},
	{"/create", "NAME [WHAT FOR]", "a new group", slash_create},
	{"/join", "NAME", "become a member of an open group", slash_join},
	{"/leave", "[NAME]", "leave a group", slash_leave},
	{"/members", "[NAME]", "who is in a group", slash_members},
	{"/invite", "NAME [GROUP]", "into this group", slash_invite},
	{"/kick", "NAME [GROUP]", "out of this group", slash_kick},
	{"/help", NULL, "this list", slash_help},
	{"/quit", NULL, "leave; nothing is lost, the server keeps what comes", slash_quit},
};

#define COMMANDS ((int)(sizeof(commands) / sizeof(*commands)))

static void
slash_help(struct talk *t, char *rest)
{
	(void)rest;
	for (int i = 0; i < COMMANDS; i++)
		talk_note(t, "%-9s %-16s %s", commands[i].name,
		    commands[i].args != NULL ? commands[i].args : "", commands[i].help);
	talk_note(t, "A line that begins with // is sent with one /. %s", screen_edits() ?
	    "Tab completes; Alt+Enter begins a new line." : "");
}

const char *
slash_name(int i)
{
	return i < COMMANDS ? commands[i].name : NULL;
}

void
slash(struct talk *t, const char *line)
{
	size_t n = strcspn(line, " \n");
	char *rest = mem_strdup(line + n + strspn(line + n, " "));

	for (size_t end = strlen(rest); end > 0 && rest[end - 1] == ' '; end--)
		rest[end - 1] = '\0';
	for (int i = 0; i < COMMANDS; i++)
		if (strlen(commands[i].name) == n && strncasecmp(commands[i].name, line, n) == 0) {
			commands[i].run(t, rest);
			free(rest);
			return;
		}
	talk_warn(t, "there is no command %.*s; /help lists them", (int)(n < 40 ? n : 40), line);
	free(rest);
}
