/* SPDX-License-Identifier: ISC */
/* native - what chatd's own clients say: lines of JSON, searched rather than parsed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/bench/bench.h"

static void
hello(struct link *l)
{
	buf_addf(&l->out, "{\"op\":\"resume\",\"token\":\"bench-%d\"}\n", l->user);
}

static void
say_text(struct link *l, bool group, const char *to, int64_t rid, int64_t run, const char *text)
{
	buf_addf(&l->out,
	    "{\"op\":\"send\",\"rid\":%" PRId64 ",\"%s\":\"%s\",\"cid\":\"%" PRIx64 "-%" PRIx64
	    "\",\"text\":\"%s\"}\n",
	    rid, group ? "group" : "to", to, run, rid, text);
	link_say(l);
}

static void
say_ack(struct link *l)
{
	char line[80];

	l->to_ack = false;
	if (l->keep_quiet)
		return;
	buf_add(&l->out, line,
	    (size_t)snprintf(line, sizeof(line),
		"{\"op\":\"ack\",\"conv\":%" PRId64 ",\"seq\":%" PRId64 "}\n", l->conv,
		l->seq));
	link_say(l);
}

/* The server writes the fields of a message in this order:
 * {"ev":"message","conv":…,"seq":…,…,"text":"…" */
static void
take_message(struct link *l, const char *line, size_t n, int64_t at)
{
	struct message m = {.at = at};
	const char *text;
	char *end;

	m.conv = strtoll(line + 23, &end, 10);
	if (strncmp(end, ",\"seq\":", 7) != 0)
		quit("not understood: %.*s", (int)n, line);
	m.seq = strtoll(end + 7, &end, 10);
	if (m.conv != l->conv && l->to_ack)
		say_ack(l);
	if (m.conv == l->conv && m.seq <= l->seq)
		heard.twice++;
	/* Own entries come as replies: only who never speaks can tell a gap. */
	if (m.conv == l->conv && m.seq > l->seq + 1 && l->role->reply == NULL)
		heard.gaps++;
	l->conv = m.conv;
	l->seq = m.seq;
	l->to_ack = true;
	text = memmem(end, n - (size_t)(end - line), "\"text\":\"", 8);
	if (text != NULL && l->role->message != NULL) {
		m.text = text + 8;
		l->role->message(l, &m);
	}
}

static void
take_event(struct link *l, const char *line, size_t n, int64_t at)
{
	if (strncmp(line + 7, "message\"", 8) == 0) {
		take_message(l, line, n, at);
	} else if (strncmp(line + 7, "synced\"", 7) == 0) {
		l->state = LINK_READY;
		heard.ready++;
	} else if (strncmp(line + 7, "ping\"", 5) == 0) {
		buf_adds(&l->out, "{\"op\":\"pong\"}\n");
		link_say(l);
	} else if (strncmp(line + 7, "bye\"", 4) == 0 && opt.victim == 0) {
		quit("u%d: %.*s", l->user, (int)n, line);
	}
}

/* line ends in a NUL where its LF was. */
static void
take_line(struct link *l, const char *line, size_t n, int64_t at)
{
	heard.lines++;
	if (strncmp(line, "{\"ev\":\"", 7) == 0) {
		take_event(l, line, n, at);
		return;
	}
	bool ok = memmem(line, n < 100 ? n : 100, "\"ok\":true", 9) != NULL;

	if (l->state == LINK_RESUMING) {
		if (!ok && strstr(line, "\"unavailable\"") == NULL)
			quit("u%d: %s", l->user, line);
		if (!ok)
			return link_lost(l, line);
		l->state = LINK_LOADING;
		if (l->role->session != NULL)
			l->role->session(l, at);
		return;
	}
	if (!ok && heard.errors++ == 0)
		fprintf(stderr, "chat-bench: u%d: %s\n", l->user, line);
	if (l->role->reply != NULL) {
		const char *rid = strstr(line, "\"rid\":");

		l->role->reply(l, rid != NULL ? strtoll(rid + 6, NULL, 10) : -1, at);
	}
}

static size_t
take(struct link *l, char *data, size_t n, int64_t at)
{
	size_t taken = 0;
	char *lf;

	while (l->state != LINK_DOWN && (lf = memchr(data + taken, '\n', n - taken)) != NULL) {
		*lf = '\0';
		take_line(l, data + taken, (size_t)(lf - data) - taken, at);
		taken = (size_t)(lf - data) + 1;
	}
	if (l->state != LINK_DOWN && l->to_ack)
		say_ack(l);
	return taken;
}

const struct tongue native = {hello, say_text, take};
