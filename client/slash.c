/* SPDX-License-Identifier: ISC */
#include "client/slash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/hear.h"
#include "client/js.h"
#include "client/say.h"
#include "client/screen.h"
#include "client/verb.h"
#include "lib/jw.h"
#include "lib/mem.h"

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

/* The words of a typed line, for verb_request(). */
struct typed {
	struct words words;
	struct talk *t;
	char *rest;
};

static char *
take_typed(struct words *words, char kind)
{
	struct typed *in = (struct typed *)words;
	char *all = in->rest;

	if (kind == 'h' && *all == '\0' && in->t->here != NULL && in->t->here->label[0] == '#')
		return in->t->here->label;
	if (*all == '\0')
		return NULL;
	if (kind != 't')
		return take_name(in->t, &in->rest, kind == 'g' || kind == 'h');
	in->rest += strlen(all);
	return all;
}

/* Something that was asked, and what is to happen when it is done. */
struct deed {
	struct deed *next;
	struct talk *t;
	const char *rows;
	show_fn *show;
	const char *said;
	bool goes;
	char about[]; /* `bob`, `#team` */
};

static void
deed_remove(struct deed *d)
{
	struct deed **p = &d->t->deeds;

	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
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
deed_done(void *arg, struct json_object *reply, const char *line)
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
			talk_note(t, d->said, d->about);
		if (d->goes) {
			talk_learn(t, d->about + 1, true);
			say_go(t, place_named(t, d->about));
		}
	}
	deed_remove(d);
}

/* Takes body and asks; the deed may be filled in until the next turn of the loop. */
static struct deed *
deed_ask(struct talk *t, struct buf *body, const char *about, bool once)
{
	struct deed *d = mem_alloc(sizeof(*d) + strlen(about) + 1);

	d->t = t;
	d->next = t->deeds;
	t->deeds = d;
	memcpy(d->about, about, strlen(about) + 1);
	session_ask(&t->c.session, body, once ? ASK_ONCE : ASK_REPEATABLE, deed_done, d);
	return d;
}

static void
do_verb(struct talk *t, const struct verb *v, char *rest)
{
	struct typed in = {{take_typed}, t, rest};
	struct buf b, about = {0};
	struct deed *d;

	if (!verb_request(v, &in.words, &b, &about)) {
		talk_warn(t, "the form is: /%s %s", v->name, v->form);
		return;
	}
	d = deed_ask(t, &b, buf_str(&about), v->once);
	d->rows = v->rows;
	d->show = v->show;
	d->said = v->said;
	d->goes = v->goes;
	buf_free(&about);
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
	say_go(t, place_named(t, buf_str(&label)));
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
	verb_target(&b, t->here->label);
	jw_int(&b, "limit", n > 0 && n <= 200 ? n : 20);
	deed_ask(t, &b, "", false)->rows = "messages";
}

/* My last entry here becomes text, or blank if that is NULL. */
static void
change_own(struct talk *t, const char *op, const char *text, const char *said)
{
	struct place *p = t->here;
	struct buf b;

	if (p == NULL || p->own == 0) {
		talk_warn(t, "you have said nothing here since you came");
		return;
	}
	b = request(op);
	jw_int(&b, "conv", p->conv);
	jw_int(&b, "seq", p->own);
	request_cid(&b);
	if (text != NULL)
		jw_str(&b, "text", text);
	deed_ask(t, &b, "", false)->said = said;
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
	int waiting = say_waiting(t);

	(void)rest;
	t->leaving = waiting == 0 || t->warned;
	t->warned = waiting > 0;
	if (!t->leaving)
		talk_warn(t, "%d lines are not stored yet; /quit again to leave without them", waiting);
}

static void slash_help(struct talk *t, char *rest);

static const struct slash_command {
	const char *name;
	const char *form;
	const char *help;
	void (*run)(struct talk *t, char *rest);
} commands[] = {
	{"msg", "NAME [TEXT]", "talk to NAME; then every plain line goes there", slash_msg},
	{"group", "NAME [TEXT]", "the same with a group", slash_group},
	{"history", "[N]", "the last entries of this conversation", slash_history},
	{"edit", "TEXT", "replace your last line here", slash_edit},
	{"delete", "", "blank your last line here", slash_delete},
	{"help", "", "this list", slash_help},
	{"quit", "", "leave; nothing is lost, the server keeps what comes", slash_quit},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void
slash_help(struct talk *t, char *rest)
{
	const struct verb *v;

	(void)rest;
	for (size_t i = 0; i < COMMANDS; i++)
		talk_note(t, "/%-8s %-16s %s", commands[i].name, commands[i].form, commands[i].help);
	for (size_t i = 0; (v = verb_at(i)) != NULL; i++)
		talk_note(t, "/%-8s %-16s %s", v->name, v->form, v->help);
	talk_note(t, "A line that begins with // is sent with one /. %s", screen_edits() ?
	    "Tab completes; Alt+Enter begins a new line." : "");
}

const char *
slash_name(size_t i)
{
	static char name[32];
	const char *bare = NULL;

	if (i < COMMANDS)
		bare = commands[i].name;
	else if (verb_at(i - COMMANDS) != NULL)
		bare = verb_at(i - COMMANDS)->name;
	snprintf(name, sizeof(name), "/%s", bare != NULL ? bare : "");
	return bare != NULL ? name : NULL;
}

static void
run_command(struct talk *t, const char *name, size_t n, char *rest)
{
	const struct verb *v = verb_named(name, n);

	for (size_t i = 0; i < COMMANDS; i++)
		if (strlen(commands[i].name) == n && strncasecmp(commands[i].name, name, n) == 0) {
			commands[i].run(t, rest);
			return;
		}
	if (v != NULL)
		do_verb(t, v, rest);
	else
		talk_warn(t, "there is no command /%.*s; /help lists them", (int)(n < 40 ? n : 40), name);
}

void
slash(struct talk *t, const char *line)
{
	size_t n = strcspn(line, " \n");
	char *rest = mem_strdup(line + n + strspn(line + n, " "));

	for (size_t end = strlen(rest); end > 0 && rest[end - 1] == ' '; end--)
		rest[end - 1] = '\0';
	run_command(t, line + 1, n - 1, rest);
	free(rest);
}
