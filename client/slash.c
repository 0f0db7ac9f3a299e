/* SPDX-License-Identifier: ISC */
/* slash - the commands a person types. One table; each asks one thing and says what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/cid.h"
#include "client/js.h"
#include "client/screen.h"
#include "client/talk.h"
#include "lib/jw.h"
#include "lib/mem.h"

/* A question on its way: what to do with the answer. */
struct deed {
	struct deed *next;
	struct talk *t;
	const char *rows; /* array of the reply to show, by show or as messages */
	show_fn *show;
	char *said;       /* to say when it is done */
	char *go;         /* a place to go to then */
};

struct slash_command {
	const char *name;
	const char *args; /* as /help shows them; NULL: none */
	const char *help;
	void (*run)(struct talk *t, char *rest);
};

static void
deed_remove(struct deed *d)
{
	struct deed **p = &d->t->deeds;

	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	free(d->said);
	free(d->go);
	free(d);
}

void
slash_free(struct talk *t)
{
	while (t->deeds != NULL)
		deed_remove(t->deeds);
}

static void
show_rows(struct talk *t, const struct deed *d, struct json_object *reply)
{
	size_t before = buf_len(&t->out);

	for (size_t i = 0; i < js_len(reply, d->rows); i++) {
		size_t begun = buf_len(&t->out);

		if (d->show == NULL) {
			hear_message(t, js_at(reply, d->rows, i));
			continue;
		}
		buf_adds(&t->out, "  ");
		d->show(&t->out, js_at(reply, d->rows, i));
		if (buf_len(&t->out) == begun + 2)
			buf_cut(&t->out, begun);
		else
			talk_line(t);
	}
	if (buf_len(&t->out) == before)
		talk_note(t, "none");
}

static void
on_answer(void *arg, struct json_object *reply, const char *line)
{
	struct deed *d = arg;
	struct talk *t = d->t;

	(void)line;
	if (!js_true(reply, "ok")) {
		talk_refused(t, reply);
	} else {
		if (d->rows != NULL)
			show_rows(t, d, reply);
		if (d->said != NULL)
			talk_note(t, "%s", d->said);
		if (d->go != NULL) {
			talk_learn(t, d->go + 1, true);
			talk_go(t, place_named(&t->places, d->go));
		}
	}
	deed_remove(d);
}

static struct deed *
ask(struct talk *t, struct buf *body, enum ask_how how)
{
	struct deed *d = mem_alloc(sizeof(*d));

	*d = (struct deed){.next = t->deeds, .t = t};
	t->deeds = d;
	session_ask(&t->c.session, body, how, on_answer, d);
	return d;
}

static void
ask_rows(struct talk *t, struct buf *body, const char *rows, show_fn *show)
{
	struct deed *d = ask(t, body, ASK_REPEATABLE);

	d->rows = rows;
	d->show = show;
}

static void
ask_said(struct talk *t, struct buf *body, const char *name, const char *said)
{
	struct deed *d = ask(t, body, ASK_REPEATABLE);
	struct buf b = {0};

	buf_addf(&b, "%s%s", name, said);
	d->said = mem_strdup(buf_str(&b));
	buf_free(&b);
}

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

/* Takes the name in front: "in quotes", or a known one, or one word. NULL: there is none. */
static char *
take_name(const struct talk *t, char **rest, bool group)
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

/* The group named in rest, or the present one. NULL: complained. */
static const char *
group_meant(struct talk *t, char **rest)
{
	char *name = **rest != '\0' ? take_name(t, rest, true) : NULL;

	if (name != NULL)
		return name;
	if (t->here != NULL && t->here->label[0] == '#')
		return t->here->label + 1;
	talk_warn(t, "which group?");
	return NULL;
}

static void
go_and_say(struct talk *t, char *rest, bool group)
{
	const char *name = take_name(t, &rest, group);
	struct buf label = {0};

	if (name == NULL) {
		talk_warn(t, group ? "which group?" : "whom?");
		return;
	}
	if (!group && *name == '#') {
		group = true;
		name++;
	}
	buf_addf(&label, "%s%s", group ? "#" : "", name);
	talk_learn(t, name, group);
	talk_go(t, place_named(&t->places, buf_str(&label)));
	buf_free(&label);
	if (*rest != '\0')
		say_text(t, t->here, rest);
}

static void
slash_msg(struct talk *t, char *rest)
{
	go_and_say(t, rest, false);
}

static void
slash_group(struct talk *t, char *rest)
{
	go_and_say(t, rest, true);
}

/* op about a group; then, if go, the conversation moves there. */
static void
about_group(struct talk *t, const char *op, const char *key, const char *name, bool go, char *description)
{
	struct buf b = request(op), label = {0};
	struct deed *d;

	jw_str(&b, key, name);
	if (description != NULL && *description != '\0')
		jw_str(&b, "description", description);
	d = ask(t, &b, strcmp(op, "group_create") == 0 ? ASK_ONCE : ASK_REPEATABLE);
	buf_addf(&label, "#%s", name);
	if (go)
		d->go = mem_strdup(buf_str(&label));
	buf_adds(&label, go ? "" : ": left");
	if (!go)
		d->said = mem_strdup(buf_str(&label));
	buf_free(&label);
}

static void
slash_create(struct talk *t, char *rest)
{
	const char *name = take_name(t, &rest, true);

	if (name == NULL)
		talk_warn(t, "what shall it be called?");
	else
		about_group(t, "group_create", "name", name, true, rest);
}

static void
slash_join(struct talk *t, char *rest)
{
	const char *name = take_name(t, &rest, true);

	if (name == NULL)
		talk_warn(t, "which group?");
	else
		about_group(t, "group_join", "group", name, true, NULL);
}

static void
slash_leave(struct talk *t, char *rest)
{
	const char *name = group_meant(t, &rest);

	if (name != NULL)
		about_group(t, "group_leave", "group", name, false, NULL);
}

static void
about_user(struct talk *t, const char *op, char *rest, const char *said)
{
	const char *name = take_name(t, &rest, false);
	struct buf b;

	if (name == NULL) {
		talk_warn(t, "whom?");
		return;
	}
	b = request(op);
	jw_str(&b, "user", name);
	ask_said(t, &b, name, said);
	talk_learn(t, name, false);
}

static void
slash_add(struct talk *t, char *rest)
{
	about_user(t, "friend_add", rest, " is on your list of friends");
}

static void
slash_remove(struct talk *t, char *rest)
{
	about_user(t, "friend_remove", rest, " is no longer on your list of friends");
}

static void
slash_block(struct talk *t, char *rest)
{
	about_user(t, "block", rest, " can no longer write to you");
}

static void
slash_unblock(struct talk *t, char *rest)
{
	about_user(t, "unblock", rest, " may write to you again");
}

/* op about a user in the present group. */
static void
about_guest(struct talk *t, const char *op, char *rest, const char *said)
{
	const char *name = take_name(t, &rest, false), *group;
	struct buf b;

	if (name == NULL) {
		talk_warn(t, "whom?");
		return;
	}
	group = group_meant(t, &rest);
	if (group == NULL)
		return;
	b = request(op);
	jw_str(&b, "group", group);
	jw_str(&b, "user", name);
	ask_said(t, &b, name, said);
}

static void
slash_invite(struct talk *t, char *rest)
{
	about_guest(t, "group_invite", rest, " is invited");
}

static void
slash_kick(struct talk *t, char *rest)
{
	about_guest(t, "group_kick", rest, " is out");
}

static void
slash_who(struct talk *t, char *rest)
{
	struct buf b = request("friends");

	(void)rest;
	ask_rows(t, &b, "friends", show_online);
}

static void
slash_friends(struct talk *t, char *rest)
{
	struct buf b = request("friends");

	(void)rest;
	ask_rows(t, &b, "friends", show_friend);
}

static void
slash_groups(struct talk *t, char *rest)
{
	struct buf b = request("groups");

	(void)rest;
	ask_rows(t, &b, "groups", show_group);
}

static void
slash_unread(struct talk *t, char *rest)
{
	struct buf b = request("convs");

	(void)rest;
	ask_rows(t, &b, "convs", show_unread);
}

static void
slash_members(struct talk *t, char *rest)
{
	const char *group = group_meant(t, &rest);
	struct buf b;

	if (group == NULL)
		return;
	b = request("group_members");
	jw_str(&b, "group", group);
	ask_rows(t, &b, "members", show_member_row);
}

static void
slash_history(struct talk *t, char *rest)
{
	long n = strtol(rest, NULL, 10);
	struct buf b;

	if (t->here == NULL) {
		talk_warn(t, "of what? First /msg NAME or /group NAME");
		return;
	}
	b = request("history");
	target_write(&b, t->here->label);
	jw_int(&b, "limit", n > 0 && n <= 200 ? n : 20);
	ask_rows(t, &b, "messages", NULL);
}

static void
slash_search(struct talk *t, char *rest)
{
	struct buf b;

	if (*rest == '\0') {
		talk_warn(t, "for what?");
		return;
	}
	b = request("search");
	jw_str(&b, "text", rest);
	jw_int(&b, "limit", 20);
	ask_rows(t, &b, "messages", NULL);
}

/* My last entry here. NULL: complained. */
static struct place *
last_own(struct talk *t)
{
	if (t->here != NULL && t->here->own > 0)
		return t->here;
	talk_warn(t, "you have said nothing here since you came");
	return NULL;
}

static void
change_own(struct talk *t, const char *op, const char *text, const char *said)
{
	struct place *p = last_own(t);
	char cid[CID_SIZE];
	struct buf b;

	if (p == NULL)
		return;
	cid_make(cid);
	b = request(op);
	jw_int(&b, "conv", p->conv);
	jw_int(&b, "seq", p->own);
	jw_str(&b, "cid", cid);
	if (text != NULL)
		jw_str(&b, "text", text);
	ask_said(t, &b, "", said);
}

static void
slash_edit(struct talk *t, char *rest)
{
	if (*rest == '\0')
		talk_warn(t, "what shall it say?");
	else
		change_own(t, "edit", rest, "edited");
}

static void
slash_delete(struct talk *t, char *rest)
{
	(void)rest;
	change_own(t, "delete", NULL, "deleted");
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
