/* SPDX-License-Identifier: ISC */
/* ask - the commands that put one question and print the answer: history, unread, who, friends, groups. */
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/js.h"
#include "client/show.h"
#include "lib/jw.h"

#define PAGE 200 /* the most the server gives at once */

/* Prints the elements of the reply's array `key`; returns how many were shown. */
static long
print_rows(const struct options *o, struct json_object *reply, const char *key, show_fn *show)
{
	struct buf out = {0};
	long shown = 0;

	for (size_t i = 0; i < js_len(reply, key); i++) {
		struct json_object *row = js_at(reply, key, i);
		size_t before = buf_len(&out);

		show(&out, row);
		if (buf_len(&out) == before)
			continue; /* not one of those that were asked for */
		shown++;
		if (o->json) {
			buf_cut(&out, before);
			show_json_value(&out, row);
		}
		buf_addc(&out, '\n');
	}
	show_out(&out);
	buf_free(&out);
	return shown;
}

static int
ask_list(const struct options *o, const char *op, const char *key, show_fn *show)
{
	struct buf b = request(op);
	struct client c;
	int code = client_enter(&c, o, STORE_COMMAND);

	if (code == EXIT_OK)
		code = client_ask(&c, &b, ASK_REPEATABLE);
	if (code == EXIT_OK && print_rows(o, c.reply, key, show) == 0)
		code = EXIT_NONE;
	buf_free(&b);
	client_leave(&c);
	return code;
}

int
cmd_friends(const struct options *o, char **arg)
{
	(void)arg;
	return ask_list(o, "friends", "friends", show_friend);
}

int
cmd_who(const struct options *o, char **arg)
{
	(void)arg;
	return ask_list(o, "friends", "friends", show_online);
}

int
cmd_groups(const struct options *o, char **arg)
{
	(void)arg;
	return ask_list(o, "groups", "groups", show_group);
}

int
cmd_unread(const struct options *o, char **arg)
{
	(void)arg;
	return ask_list(o, "convs", "convs", show_unread);
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

		target_write(&b, target);
		jw_int(&b, "limit", limit);
		if (before > 0)
			jw_int(&b, "before", before);
		code = client_ask(c, &b, ASK_REPEATABLE);
		if (code != EXIT_OK)
			return code;
		more = js_true(c->reply, "more") && js_len(c->reply, "messages") > 0;
		want -= (long)js_len(c->reply, "messages");
		before = js_int(js_at(c->reply, "messages", 0), "seq");
		json_object_get(c->reply);
		buf_add(pages, &c->reply, sizeof(c->reply));
	}
	return EXIT_OK;
}

int
cmd_history(const struct options *o, char **arg)
{
	long want = o->limit > 0 ? o->limit : 50, shown = 0;
	struct buf pages = {0};
	struct json_object *page;
	struct client c;
	int code = client_enter(&c, o, STORE_COMMAND);

	if (code == EXIT_OK)
		code = fetch_history(&c, arg[0], want, &pages);
	while (buf_len(&pages) > 0) {
		size_t rest = buf_len(&pages) - sizeof(page);

		memcpy(&page, buf_data(&pages) + rest, sizeof(page));
		buf_cut(&pages, rest);
		if (code == EXIT_OK)
			shown += print_rows(o, page, "messages", show_dated);
		json_object_put(page);
	}
	buf_free(&pages);
	client_leave(&c);
	return code == EXIT_OK && shown == 0 ? EXIT_NONE : code;
}
