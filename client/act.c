/* SPDX-License-Identifier: ISC */
#include "client/act.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/account.h"
#include "client/entry.h"
#include "client/input.h"
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
	const struct place *here = in->t->here;
	char *all = in->rest;

	if ((kind == 'h' && *all == '\0') || (kind == 'p' && *all != '#'))
		return here != NULL && *here->label == '#' ? here->label : NULL;
	if (*all == '\0')
		return NULL;
	if (kind != 't')
		return take_name(in->t, &in->rest, strchr("gnhp", kind) != NULL);
	in->rest += strlen(all);
	return all;
}

static char *
ask_typed(struct words *words, const char *prompt, bool is_new)
{
	(void)words;
	return screen_password(prompt, is_new);
}

static void
show_rows(struct talk *t, const struct verb *v, struct json_object *reply)
{
	size_t before = buf_len(&t->out);
	struct json_object *row;

	for (size_t i = 0; (row = verb_row(v, reply, i)) != NULL; i++) {
		size_t begun = buf_len(&t->out);

		buf_adds(&t->out, "  ");
		v->show(&t->out, row);
		if (buf_len(&t->out) == begun + 2)
			buf_cut(&t->out, begun);
		else
			talk_line(t);
	}
	if (buf_len(&t->out) == before)
		talk_note(t, "none");
}

static void
verb_did(struct talk *t, const struct verb *v, const char *about, struct json_object *reply)
{
	if (v->rows != NULL)
		show_rows(t, v, reply);
	if (account_changed(t->c.o, v, about, STORE_COMMAND) == EX_OK && v->said != NULL)
		talk_note(t, v->said, about);
	if (v->goes) {
		talk_learn(t, about + 1, true);
		say_go(t, place_named(t, about));
	}
	if (strcmp(v->op, "group_leave") == 0 && t->here == place_named(t, about))
		t->here = NULL;
	if (strcmp(v->op, "account_delete") == 0)
		t->leaving = true;
}

static void
verb_done(struct deed *d, struct json_object *reply)
{
	if (js_true(reply, "ok"))
		verb_did(d->t, d->verb, d->about, reply);
	else
		talk_refused(d->t, reply);
	explicit_bzero(d->about, strlen(d->about)); /* it may be a password */
}

void
act_wrong_form(struct talk *t, const char *name, const char *form, const char *help)
{
	talk_warn(t, "the form is: /%s%s%s %s %s", name, *form != '\0' ? " " : "", form, screen_sign("–", "-"), help);
}

void
act_verb(struct talk *t, const struct verb *v, char *rest)
{
	static const char flag[] = "--invite-only";
	struct typed in = {{take_typed, ask_typed, false, NULL}, t, rest};
	struct buf b, about = {0};
	int rc;

	if (strncmp(rest, flag, sizeof(flag) - 1) == 0) {
		in.words.invite_only = true;
		in.rest += sizeof(flag) - 1;
		in.rest += strspn(in.rest, " ");
	}
	rc = verb_request(v, &in.words, &b, &about);
	if (rc == 0)
		act_wrong_form(t, v->name, v->form, v->help);
	if (rc == 1) {
		const char *what = in.words.secret != NULL ? in.words.secret : buf_str(&about);

		talk_ask(t, &b, verb_how(v), what, verb_done)->verb = v;
	}
	password_forget(in.words.secret);
	buf_free(&about);
}

static void
go_and_say(struct talk *t, char *rest, bool group)
{
	bool hash = *rest == '#';
	const char *name = take_name(t, &rest, group || hash);
	struct buf label = {0};

	if (name == NULL) {
		talk_warn(t, "the form is: /%s NAME [TEXT]", group ? "group" : "msg");
		return;
	}
	buf_addf(&label, "%s%s", group || hash ? "#" : "", name);
	say_go(t, place_named(t, buf_str(&label)));
	buf_free(&label);
	if (*rest != '\0')
		say_text(t, t->here, rest);
}

void
act_msg(struct talk *t, char *rest)
{
	go_and_say(t, rest, false);
}

void
act_group(struct talk *t, char *rest)
{
	go_and_say(t, rest, true);
}

void
act_next(struct talk *t, char *rest)
{
	(void)rest;
	for (struct place *p = t->places; p != NULL; p = p->next)
		if (p->unread > 0 && p != t->here) {
			say_go(t, p);
			return;
		}
	talk_note(t, "nothing is unread");
}

/* Where we are. NULL: nowhere, complained. */
static struct place *
place_here(struct talk *t)
{
	if (t->here == NULL)
		talk_warn(t, "first say where: /msg NAME or /group NAME");
	return t->here;
}

static void
history_done(struct deed *d, struct json_object *reply)
{
	size_t before = buf_len(&d->t->out);

	if (!js_true(reply, "ok"))
		talk_refused(d->t, reply);
	for (size_t i = 0; i < js_len(reply, "messages"); i++)
		if (js_int(js_at(reply, "messages", i), "ref") == 0)
			entry_show(d->t, js_at(reply, "messages", i));
	if (buf_len(&d->t->out) == before)
		talk_note(d->t, "none");
}

void
act_history(struct talk *t, char *rest)
{
	char *end;
	long n = *rest != '\0' ? strtol(rest, &end, 10) : 20;
	struct buf b;

	if (place_here(t) == NULL)
		return;
	if (n < 1 || n > 200 || (*rest != '\0' && *end != '\0')) {
		talk_warn(t, "the form is: /history [N], N from 1 to 200");
		return;
	}
	b = request("history");
	verb_target(&b, t->here->label);
	jw_int(&b, "limit", n);
	talk_ask(t, &b, ASK_REPEATABLE, "", history_done);
}

/* @N in front: which of my lines here; else the last one. 0: there is none, complained. */
static int64_t
take_own(struct talk *t, char **rest)
{
	struct place *p = place_here(t);
	int64_t seq;

	if (p == NULL)
		return 0;
	seq = p->own;
	if (**rest == '@') {
		seq = place_entry(p, strtol(*rest + 1, rest, 10));
		*rest += strspn(*rest, " ");
	}
	if (seq == 0)
		talk_warn(t, "no line of yours here has that number; /history shows them");
	return seq;
}

void
act_edit(struct talk *t, char *rest)
{
	int64_t seq = take_own(t, &rest);

	if (seq > 0 && *rest == '\0')
		talk_warn(t, "the form is: /edit [@N] TEXT");
	else if (seq > 0)
		say_change(t, t->here, seq, rest);
}

void
act_delete(struct talk *t, char *rest)
{
	int64_t seq = take_own(t, &rest);

	if (seq > 0 && *rest != '\0')
		talk_warn(t, "the form is: /delete [@N]");
	else if (seq > 0)
		say_change(t, t->here, seq, NULL);
}

void
act_me(struct talk *t, char *rest)
{
	struct buf b = {0};

	if (*rest == '\0') {
		talk_warn(t, "the form is: /me TEXT");
	} else if (place_here(t) != NULL) {
		buf_addf(&b, "/me %s", rest);
		say_text(t, t->here, buf_str(&b));
	}
	buf_free(&b);
}

void
act_away(struct talk *t, char *rest)
{
	free(t->away);
	t->away = *rest != '\0' ? mem_strdup(rest) : NULL;
	for (struct place *p = t->places; p != NULL; p = p->next)
		p->calls = p->told_away = false;
	if (t->here != NULL && t->away == NULL)
		t->here->unread = 0;
	talk_note(t, "%s", t->away != NULL ? "away: who writes to you is told so once; /away alone ends it" : "you are here");
}

void
act_clear(struct talk *t, char *rest)
{
	(void)t, (void)rest;
	screen_clear();
}

void
act_quit(struct talk *t, char *rest)
{
	int waiting = say_waiting(t);

	(void)rest;
	t->leaving = waiting == 0 || t->warned;
	t->warned = waiting > 0;
	if (!t->leaving)
		talk_warn(t, "%d lines are not stored yet; /quit again to leave without them", waiting);
}
