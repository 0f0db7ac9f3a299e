/* SPDX-License-Identifier: ISC */
#include "client/again.h"

#include "client/chat.h"
#include "client/js.h"
#include "lib/jw.h"

#define PAGE 200

void
again_init(struct again *g, struct session *s, struct store *st, int64_t since, again_fn *take,
    void *arg)
{
	*g = (struct again){.session = s, .store = st, .since = since, .take = take, .arg = arg};
}

void
again_free(struct again *g)
{
	json_object_put(g->convs);
	g->convs = NULL;
}

static int64_t
conv_at(const struct again *g, size_t i)
{
	return json_object_get_int64(json_object_array_get_idx(g->convs, i));
}

static void take_page(void *arg, struct json_object *reply, const char *line);

static void
ask_page(struct again *g)
{
	struct buf b;

	if (g->at >= json_object_array_length(g->convs))
		return;
	b = request("history");
	jw_int(&b, "conv", conv_at(g, g->at));
	jw_int(&b, "after", store_cursor(g->store, conv_at(g, g->at)));
	jw_int(&b, "limit", PAGE);
	session_ask(g->session, &b, ASK_REPEATABLE, take_page, g);
}

static void
take_page(void *arg, struct json_object *reply, const char *line)
{
	struct again *g = arg;

	(void)line;
	for (size_t i = 0; i < js_len(reply, "messages"); i++) {
		struct json_object *m = js_at(reply, "messages", i);

		g->take(g->arg, m,
		    json_object_to_json_string_ext(
		        m, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	/*
	 * Behind the last page the conversation is live: what the server pushes
	 * after this reply it read after this page, so there is no hole.
	 */
	if (!js_true(reply, "more") || js_len(reply, "messages") == 0)
		g->at++;
	ask_page(g);
}

static void
take_list(void *arg, struct json_object *reply, const char *line)
{
	struct again *g = arg;

	(void)line;
	if (!js_true(reply, "ok"))
		complain("cannot list the conversations: %s", js_str(reply, "message"));
	g->convs = json_object_new_array();
	for (size_t i = 0; i < js_len(reply, "convs"); i++) {
		int64_t conv = js_int(js_at(reply, "convs", i), "conv");

		store_set_cursor(g->store, conv, g->since);
		json_object_array_add(g->convs, json_object_new_int64(conv));
	}
	ask_page(g);
}

void
again_start(struct again *g)
{
	struct buf b;

	if (g->since < 0 || g->started)
		return;
	g->started = true;
	b = request("convs");
	session_ask(g->session, &b, ASK_REPEATABLE, take_list, g);
}

bool
again_wants(const struct again *g, struct json_object *message)
{
	int64_t conv = js_int(message, "conv");

	if (g->since < 0)
		return true;
	if (g->convs == NULL)
		return false;
	for (size_t i = g->at; i < json_object_array_length(g->convs); i++)
		if (conv_at(g, i) == conv)
			return false;
	return true;
}
