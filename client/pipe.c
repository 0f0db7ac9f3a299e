/* SPDX-License-Identifier: ISC */
/*
 * pipe - a bridge: stdin goes to the server byte for byte, what the server sends
 * to stdout (on a terminal, what that might obey is written \uXXXX); nothing is
 * added, not even the answer to a ping. After the end of stdin it stays until every
 * request has its reply, because the server takes our end of file for a goodbye.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/js.h"
#include "client/options.h"
#include "client/link.h"
#include "client/show.h"
#include "lib/clock.h"
#include "lib/door.h"

#define OBJECT_MAX ((size_t)1 << 20) /* only for counting; the server has the say */
#define SEND_AHEAD ((size_t)256 * 1024)
#define PRINT_AHEAD ((size_t)16 * 1024 * 1024)
#define PRINT_AT_ONCE ((size_t)4096) /* a pipe that polls writable takes PIPE_BUF without blocking */

struct bridge {
	const struct options *o;
	struct link link;
	struct door door;
	struct buf object;  /* the request being scanned */
	struct buf line;    /* the line being received */
	struct buf print;   /* what stdout has not taken */
	long owed;          /* replies to come */
	bool tty, stdin_done;
	int64_t leave_by;
};

/* pong and a plain ack are the only requests without a reply; what is broken gets one too. */
static bool
expects_reply(const char *json, size_t n)
{
	struct json_object *obj = js_parse(json, n);
	/* the numbered protocols know no "ok" */
	bool numbered = js_get(obj, "msgid") != NULL || js_get(obj, "msgId") != NULL;
	bool silent = js_is(obj, "op", "pong") || (js_is(obj, "op", "ack") && js_get(obj, "rid") == NULL) ||
	    (numbered && js_get(obj, "op") == NULL);

	json_object_put(obj);
	return !silent;
}

static void
count_requests(struct bridge *b, const char *p, size_t n)
{
	while (n > 0) {
		size_t used;
		enum door_verdict verdict = door_scan(&b->door, p, n, OBJECT_MAX, &used);

		buf_add(&b->object, p, used);
		p += used;
		n -= used;
		if (verdict == DOOR_OBJECT) {
			char *end = buf_data(&b->object) + buf_len(&b->object);

			if (expects_reply(end - b->door.len, b->door.len))
				b->owed++;
		} else if (verdict != DOOR_MORE) {
			b->owed++;
		}
		if (verdict != DOOR_MORE || b->door.len == 0)
			buf_drop(&b->object, buf_len(&b->object));
		if (verdict == DOOR_LARGE)
			door_init(&b->door);
	}
}

static void
count_answer(struct bridge *b)
{
	struct json_object *obj = js_parse(buf_data(&b->line), buf_len(&b->line));

	if (b->tty) {
		show_json(&b->print, buf_data(&b->line), buf_len(&b->line));
		buf_addc(&b->print, '\n');
	}
	if (js_get(obj, "ok") != NULL && b->owed > 0)
		b->owed--;
	waits_are_over(b->o, js_str(obj, "ev"));
	json_object_put(obj);
	buf_drop(&b->line, buf_len(&b->line));
}

/* Everything received goes to stdout; whole lines, ended by LF or NUL, are looked at on the way. */
static void
take_received(struct bridge *b)
{
	const char *p = buf_data(&b->link.in);
	size_t n = buf_len(&b->link.in);

	if (!b->tty)
		buf_add(&b->print, p, n);
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n' && p[i] != '\0')
			buf_addc(&b->line, p[i]);
		else if (buf_len(&b->line) > 0)
			count_answer(b);
	}
	buf_drop(&b->link.in, n);
}

static void
read_stdin(struct bridge *b)
{
	char chunk[16384];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		b->stdin_done = true;
		b->leave_by = clock_ms() + b->o->timeout_ms;
		return;
	}
	link_put(&b->link, chunk, (size_t)n);
	count_requests(b, chunk, (size_t)n);
}

static int
print(struct bridge *b)
{
	size_t n = buf_len(&b->print);
	ssize_t done = write(STDOUT_FILENO, buf_data(&b->print), n < PRINT_AT_ONCE ? n : PRINT_AT_ONCE);

	if (done < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (done < 0) {
		complain("cannot write: %s", strerror(errno));
		return -1;
	}
	buf_drop(&b->print, (size_t)done);
	return 0;
}

static bool
everything_came(const struct bridge *b)
{
	return b->stdin_done && b->owed == 0 && buf_len(&b->link.out) == 0 && waits_are_over(b->o, NULL);
}

/* One turn of the loop; -1: the connection is lost, 1: stdout is. */
static int
turn(struct bridge *b)
{
	bool up = b->link.state == LINK_UP;
	struct pollfd fds[3] = {
		{.fd = b->link.fd, .events = link_events(&b->link)},
		{.fd = up && !b->stdin_done && buf_len(&b->link.out) < SEND_AHEAD ? STDIN_FILENO : -1,
		    .events = POLLIN},
		{.fd = buf_len(&b->print) > 0 ? STDOUT_FILENO : -1, .events = POLLOUT},
	};
	int64_t due = link_due(&b->link) < b->leave_by ? link_due(&b->link) : b->leave_by;
	int rc = 0;

	if (buf_len(&b->print) > PRINT_AHEAD)
		fds[0].events &= (short)~POLLIN;
	if (poll(fds, 3, clock_left(due)) < 0)
		return 0;
	if (fds[2].revents != 0 && print(b) < 0)
		return 1;
	if (fds[1].revents != 0)
		read_stdin(b);
	rc = link_work(&b->link, fds[0].revents);
	take_received(b);
	return rc;
}

static int
pipe_run(struct bridge *b)
{
	if (link_open(&b->link) < 0) {
		complain("cannot reach %s: %s", b->o->server, b->link.why);
		return EX_UNAVAILABLE;
	}
	while (!everything_came(b)) {
		bool was_up = b->link.state == LINK_UP;

		switch (turn(b)) {
		case 1:
			return EX_UNAVAILABLE;
		case -1:
			if (everything_came(b))
				return EX_OK;
			if (!was_up && b->link.state == LINK_DOWN && !b->link.eof)
				complain("cannot reach %s: %s", b->o->server, b->link.why);
			else
				complain("lost %s: %s", b->o->server, b->link.why);
			return EX_UNAVAILABLE;
		}
		if (clock_ms() >= b->leave_by) {
			complain("%ld replies or the awaited events did not come in time", b->owed);
			return EX_TEMPFAIL;
		}
	}
	return EX_OK;
}

int
cmd_pipe(const struct options *o, char **arg)
{
	struct bridge b = {.o = o, .leave_by = CLOCK_NEVER, .tty = isatty(STDOUT_FILENO) == 1};
	int rc;

	(void)arg;
	link_init(&b.link, o->server, &o->tls);
	door_init(&b.door);
	rc = pipe_run(&b);
	while (buf_len(&b.print) > 0)
		if (print(&b) < 0)
			break;
	link_free(&b.link);
	buf_free(&b.object);
	buf_free(&b.line);
	buf_free(&b.print);
	return rc;
}
