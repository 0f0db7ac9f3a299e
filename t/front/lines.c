/* SPDX-License-Identifier: ISC */
/* lines - a front for tests: `LOGIN name password` and `SAY name text` in, `ok`, `no …` and `name: text` out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/said.h"
#include "front/speak.h"
#include "handlers/table.h"
#include "lib/mem.h"

struct lines {
	struct peer *peer;
	struct session *session;
	int sent;
};

static enum recognised
recognise(const char *first, size_t n)
{
	return n > 0 && first[0] >= 'A' && first[0] <= 'Z' ? OURS : NOT_OURS;
}

static void *
begin(struct peer *peer, struct session *session)
{
	return memcpy(mem_alloc(sizeof(struct lines)), &(struct lines){peer, session, 0}, sizeof(struct lines));
}

static void
input(void *self)
{
	struct lines *v = self;
	struct buf *in = &v->peer->in, *out = &v->peer->out;
	char *end, verb[8], name[64], rest[512], json[800];
	while ((end = memchr(buf_data(in), '\n', buf_len(in))) != NULL && peer_has_room(v->peer)) {
		*end = verb[0] = name[0] = rest[0] = '\0';
		sscanf(buf_data(in), "%7s %63s %511[^\n]", verb, name, rest);
		snprintf(json, sizeof(json), strcmp(verb, "SAY") == 0 ? "{\"op\":\"send\",\"to\":\"%s\",\"text\":\"%s\",\"cid\":\"%d\"}"
		    : "{\"op\":\"login\",\"name\":\"%s\",\"password\":\"%s\"}", name, rest, v->sent++);
		struct req *rq = request_parse(json, strlen(json)); /* a test's words have no quotes */
		enum error e = table_call(v->session, rq);
		buf_addf(out, "%s%s\n", e == E_OK ? "ok" : "no, ", e == E_OK ? "" : error_sentence(e));
		request_free(rq);
		buf_drop(in, (size_t)(end + 1 - buf_data(in)));
	}
}

static void
event(void *self, const struct event *e)
{
	struct said said;
	if (e->kind != EVENT_MESSAGE || !said_open(&said, e))
		return;
	buf_addf(&((struct lines *)self)->peer->out, "%s: %s\n", said.entry.from_name, said.entry.text);
	said_close(&said);
}

const struct front front_lines = {.recognise = recognise, .begin = begin, .input = input, .event = event, .free = free};
