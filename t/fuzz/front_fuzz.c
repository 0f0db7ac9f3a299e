/* SPDX-License-Identifier: ISC */
/*
 * front_fuzz - HTTP, WebSocket and the native protocol, as they are told apart: what is answered is the same however the
 * bytes arrive, and what is in a frame for the client is an object.
 */
#include "front/dialect.h"
#include "front/web.h"
#include "lib/frame.h"
#include "lib/jw.h"
#include "t/fuzz/client.h"

void __wrap_table_run(struct session *s, struct req *batch);

/* Logs in and out; of the others every second is refused. */
void
__wrap_table_run(struct session *s, struct req *batch)
{
	for (struct req *rq = batch; rq != NULL; rq = rq->next) {
		const char *op = "";

		want_str(rq, "op", 1, 64, &op);
		if (strcmp(op, "login") == 0 || strcmp(op, "logout") == 0)
			s->user = strcmp(op, "login") == 0 ? 7 : 0;
		rq->silent = strcmp(op, "typing") == 0 || strcmp(op, "ack") == 0;
		rq->retry_after = (int64_t)strlen(op) - 6;
		if (strlen(op) % 2 == 0)
			rq->error = refuse(rq, E_FORBIDDEN, "no %s, as it is asked in so many words that two bytes have to say how many", op);
		else
			jw_str(&rq->body, "did", op);
	}
}

static void
tell(struct client *c, unsigned which)
{
	static const char line[] = "{\"ev\":\"message\",\"conv\":1}\n";
	static const char *const words[] = {"shutdown", "abuse", "internal", "replaced"};
	const struct event said = {.kind = EVENT_MESSAGE, .line = line, .len = sizeof(line) - 1};
	const struct event bye = {.kind = EVENT_BYE, .word = words[which & 3]};

	if (c->front == NULL || c->peer.closing)
		return;
	c->front->event(c->self, &said);
	c->front->event(c->self, &bye);
}

/* A ping may be answered before what was asked before it: its answers go behind all others. */
static struct buf
pongs_last(struct buf *said)
{
	static const char first[] = "HTTP/1.1 101 Switching Protocols\r\n";
	const unsigned char *all = (unsigned char *)buf_data(said);
	const unsigned char *upgraded = memmem(all, buf_len(said), first, sizeof(first) - 1), *end = all + buf_len(said);
	struct buf others = {0}, pongs = {0};
	size_t n = buf_len(said), at = n;

	if (upgraded != NULL)
		at = (size_t)((const unsigned char *)memmem(upgraded, (size_t)(end - upgraded), "\r\n\r\n", 4) + 4 - all);

	buf_add(&others, all, at);
	for (size_t len; at < n; at += len) {
		MUST(n - at >= 2 && (all[at] & 0x70) == 0 && all[at + 1] < 127);
		len = 2 + (all[at + 1] < 126 ? all[at + 1] : 2 + ((size_t)all[at + 2] << 8 | all[at + 3]));
		MUST(len <= n - at && (all[at] != 0x81 || all[at + len - 1] == '}'));
		buf_add(all[at] == 0x8a ? &pongs : &others, all + at, len);
	}
	buf_add(&others, buf_data(&pongs), buf_len(&pongs));
	buf_free(&pongs);
	buf_free(said);
	return others;
}

/* All that is said to a client whose bytes come in pieces of that size. */
static struct buf
hear(const struct node *node, const uint8_t *data, size_t n, size_t piece, unsigned word)
{
	struct client c;
	struct buf said = {0};
	size_t before;
	bool ours = true;

	client_open(&c, node, -1, false);
	for (size_t at = 0; ours && at < n && c.peer.reason == NULL && !c.peer.closing; at += piece) {
		buf_add(&c.peer.in, data + at, n - at < piece ? n - at : piece);
		do {
			before = buf_len(&c.peer.in) + buf_len(&said);
			ours = client_input(&c);
			buf_add(&said, buf_data(&c.peer.out), buf_len(&c.peer.out));
			buf_cut(&c.peer.out, 0);
		} while (ours && buf_len(&c.peer.in) + buf_len(&said) != before);
	}
	if (ours)
		tell(&c, word);
	buf_add(&said, buf_data(&c.peer.out), buf_len(&c.peer.out));
	client_close(&c);
	return pongs_last(&said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct web on = {.word = "on", .origin = {"https://chat.example"}, .origins = 1}, off = {.word = "off"};
	unsigned flags = n > 0 ? data[0] : 0;
	struct node node = {.name = "fuzz", .dialect = dialect_of('c'), .web = flags & 1 ? &off : &on, .forwarded = (flags & 2) != 0};
	struct buf whole, pieces;

	dialect_of('b');
	if (n < 2)
		return 0;
	whole = hear(&node, data + 1, n - 1, n, flags >> 2);
	pieces = hear(&node, data + 1, n - 1, 1, flags >> 2);
	MUST(buf_len(&whole) == buf_len(&pieces));
	MUST(memcmp(buf_data(&whole), buf_data(&pieces), buf_len(&whole)) == 0);
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
