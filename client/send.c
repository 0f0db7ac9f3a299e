/* SPDX-License-Identifier: ISC */
/*
 * send - one text to one target; exits 0 only after the server's ok, that is after
 * the commit. Whatever happens before, the same cid is sent again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cid.h"
#include "client/client.h"
#include "client/show.h"
#include "lib/jw.h"
#include "lib/utf8.h"

#define REQUEST_MAX ((size_t)65536) /* what the server takes by default, after login */

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

static int
deliver(struct client *c, const char *target, struct buf *text)
{
	struct buf b = request("send");
	char cid[CID_SIZE];

	cid_make(cid);
	target_write(&b, target);
	jw_strn(&b, "text", buf_data(text), buf_len(text));
	jw_str(&b, "cid", cid);
	if (buf_len(&b) > REQUEST_MAX - 64) {
		complain("the text is too long");
		buf_free(&b);
		return EXIT_USAGE;
	}
	c->session.patient = true;
	return client_ask(c, &b, ASK_REPEATABLE);
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
		return EXIT_USAGE;
	if (!is_sendable(&text)) {
		buf_free(&text);
		return EXIT_USAGE;
	}
	code = client_enter(&c, o, STORE_COMMAND);
	if (code == EXIT_OK)
		code = deliver(&c, arg[0], &text);
	if (code == EXIT_OK && o->json)
		show_json_line(c.line);
	client_leave(&c);
	buf_free(&text);
	return code;
}
