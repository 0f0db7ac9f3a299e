/* SPDX-License-Identifier: ISC */
/*
 * command - the commands that put their questions and print the answers: every verb, send and history. send
 * exits 0 only after the server's ok, that is after the commit; whatever happens before, the same cid is sent again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/account.h"
#include "client/client.h"
#include "client/commands.h"
#include "client/input.h"
#include "client/js.h"
#include "client/verb.h"
#include "lib/hex.h"
#include "lib/jw.h"
#include "lib/utf8.h"

#define PAGE 200 /* the most the server gives at once */
#define REQUEST_MAX ((size_t)65536) /* what the server takes by default, after login */

/* Prints rows as show does; returns how many it did. */
static long
print_row(const struct options *o, struct json_object *row, show_fn *show)
{
	struct buf out = {0};
	bool shown;

	show(&out, row);
	shown = buf_len(&out) > 0; /* else it is not one of those that were asked for */
	if (shown && o->json) {
		buf_drop(&out, buf_len(&out));
		show_json_value(&out, row);
	}
	if (shown)
		buf_addc(&out, '\n');
	show_out(&out);
	buf_free(&out);
	return shown;
}

static long
print_rows(const struct options *o, const struct verb *v, struct json_object *reply)
{
	struct json_object *row;
	long shown = 0;

	for (size_t i = 0; (row = verb_row(v, reply, i)) != NULL; i++)
		shown += print_row(o, row, v->show);
	return shown;
}

struct operands {
	struct words words;
	const struct options *o;
	char **arg;
};

static char *
take_operand(struct words *words, char kind)
{
	struct operands *in = (struct operands *)words;

	(void)kind;
	return *in->arg != NULL ? *in->arg++ : NULL;
}

static char *
ask_password(struct words *words, const char *prompt, bool is_new)
{
	return password_get(is_new ? NULL : ((struct operands *)words)->o->password_command, prompt, is_new);
}

int
cmd_verb(const struct options *o, const struct verb *v, char **arg)
{
	struct operands in = {{take_operand, ask_password, o->invite_only, NULL}, o, arg};
	struct buf b, about = {0};
	struct client c;
	int code = *v->form == '\0' && *arg != NULL ? 0 : verb_request(v, &in.words, &b, &about);

	if (code == 0) {
		verb_form(&about, v);
		complain("the form is: chat %s %s", v->name, buf_str(&about));
		buf_free(&about);
	}
	if (code != 1)
		return EX_USAGE;
	code = client_enter(&c, o, STORE_COMMAND);
	if (code == EX_OK)
		code = client_ask(&c, &b, verb_how(v));
	if (code == EX_OK && v->rows == NULL && o->json)
		show_json_line(c.line);
	if (code == EX_OK && v->rows != NULL && print_rows(o, v, c.reply) == 0)
		code = EXIT_NONE;
	if (code == EX_OK)
		code = account_changed(o, v, in.words.secret, STORE_FOLLOWER);
	password_forget(in.words.secret);
	buf_free(&b);
	buf_free(&about);
	client_leave(&c);
	return code;
}

/* Pages back until enough is there; appends the replies to pages, the newest first. */
static int
fetch_history(struct client *c, const char *target, long want, struct buf *pages)
{
	int64_t before = 0;
	bool more = true;

	while (want > 0 && more) {
		struct buf b = request("history");
		long limit = want < PAGE ? want : PAGE;
		int code;

		verb_target(&b, target);
		jw_int(&b, "limit", limit);
		if (before > 0)
			jw_int(&b, "before", before);
		code = client_ask(c, &b, ASK_REPEATABLE);
		if (code != EX_OK)
			return code;
		more = js_true(c->reply, "more") && js_len(c->reply, "messages") > 0;
		want -= (long)js_len(c->reply, "messages");
		before = js_int(js_at(c->reply, "messages", 0), "seq");
		json_object_get(c->reply);
		buf_add(pages, &c->reply, sizeof(c->reply));
	}
	return EX_OK;
}

int
cmd_history(const struct options *o, char **arg)
{
	long want = o->limit > 0 ? o->limit : 50, shown = 0;
	struct buf pages = {0};
	struct json_object *page;
	struct client c;
	int code = client_enter(&c, o, STORE_COMMAND);

	if (code == EX_OK)
		code = fetch_history(&c, arg[0], want, &pages);
	while (buf_len(&pages) > 0) {
		size_t rest = buf_len(&pages) - sizeof(page);

		memcpy(&page, buf_data(&pages) + rest, sizeof(page));
		buf_cut(&pages, rest);
		if (code == EX_OK) {
			for (size_t i = 0; i < js_len(page, "messages"); i++)
				shown += print_row(o, js_at(page, "messages", i), show_entry);
		}
		json_object_put(page);
	}
	buf_free(&pages);
	client_leave(&c);
	return code == EX_OK && shown == 0 ? EXIT_NONE : code;
}

static int
read_text(struct buf *text)
{
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf_room(text, 4096), 4096)) > 0) {
		buf_grew(text, (size_t)n);
		if (buf_len(text) > REQUEST_MAX)
			break;
	}
	if (n < 0) {
		complain("cannot read standard input: %s", strerror(errno));
		return -1;
	}
	if (buf_len(text) > 0 && buf_data(text)[buf_len(text) - 1] == '\n')
		buf_cut(text, buf_len(text) - 1);
	return 0;
}

static bool
is_sendable(struct buf *text)
{
	const char *s = buf_str(text);

	if (buf_len(text) == 0)
		complain("there is no text to send");
	else if (utf8_count(s, buf_len(text)) < 0 || memchr(s, '\0', buf_len(text)) != NULL)
		complain("the text is not UTF-8");
	else
		return true;
	return false;
}

/* Nobody has that name; but perhaps a group of mine. */
static void
hint(struct client *c, const char *target)
{
	struct buf b = request("groups");

	if (client_ask(c, &b, ASK_ALL) != EX_OK)
		return;
	for (size_t i = 0; i < js_len(c->reply, "groups"); i++)
		if (strcasecmp(js_str(js_at(c->reply, "groups", i), "name"), target) == 0)
			complain("a group is written with its sign: '#%s'", target);
}

static int
deliver(struct client *c, const char *target, struct buf *text)
{
	struct buf b = request("send");
	char cid[65];
	int code;

	if (c->o->cid != NULL)
		snprintf(cid, sizeof(cid), "%s", c->o->cid);
	else
		hex_random(cid, (CID_SIZE - 1) / 2);
	verb_target(&b, target);
	jw_strn(&b, "text", buf_data(text), buf_len(text));
	jw_str(&b, "cid", cid);
	if (buf_len(&b) > REQUEST_MAX - 64) {
		complain("the text is too long");
		buf_free(&b);
		return EX_USAGE;
	}
	c->session.patient = true;
	code = client_ask(c, &b, ASK_REPEATABLE);
	if (code == EX_TEMPFAIL)
		complain("to send it once, whatever has become of it: chat send --cid %s ...", cid);
	if (code == EX_NOUSER)
		hint(c, target);
	return code;
}

int
cmd_send(const struct options *o, char **arg)
{
	struct buf text = {0};
	struct client c;
	int code;

	if (strcmp(arg[1], "-") != 0)
		buf_adds(&text, arg[1]);
	else if (read_text(&text) < 0)
		return EX_USAGE;
	if (!is_sendable(&text)) {
		buf_free(&text);
		return EX_USAGE;
	}
	code = client_enter(&c, o, STORE_COMMAND);
	if (code == EX_OK)
		code = deliver(&c, arg[0], &text);
	if (code == EX_OK && o->json)
		show_json_line(c.line);
	client_leave(&c);
	buf_free(&text);
	return code;
}
