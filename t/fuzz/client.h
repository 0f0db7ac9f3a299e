/* SPDX-License-Identifier: ISC */
/*
 * client - a whole front under a fuzzer: its clock goes as the input wants, and what requests come to is said by the
 * target instead of a database (--wrap in the Makefile).
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <string.h>

#include "front/front.h"
#include "handlers/table.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/utf8.h"
#include "session/memo.h"
#include "t/fuzz/alone.h"

int64_t __wrap_clock_ms(void);

static const uint8_t *input;
static size_t input_n;
static int64_t now;

int64_t
__wrap_clock_ms(void)
{
	return now;
}

static inline unsigned
next_byte(void)
{
	return input_n > 0 ? (input_n--, (unsigned)*input++) : 0;
}

/* As many bytes as the next one says; what is no UTF-8 becomes a question mark. Until the next call. */
static inline const char *
next_text(void)
{
	static char text[256];
	size_t n = next_byte();
	uint32_t cp;

	n = n < input_n ? n : input_n;
	memcpy(text, input, n);
	input += n;
	input_n -= n;
	for (size_t at = 0, len; at < n; at += len)
		if ((len = utf8_decode(text + at, n - at, &cp)) == 0 || cp == 0) {
			text[at] = '?';
			len = 1;
		}
	text[n] = '\0';
	return text;
}

extern const struct front front_numbered;

struct client {
	bool numbered; /* that front is looked at, or all others */
	struct peer peer;
	struct session session;
	const struct front *front;
	void *self;
};

static inline void
client_open(struct client *c, const struct node *node, int fd, bool numbered)
{
	static bool mapped;

	if (!mapped)
		memo_map();
	mapped = true;
	log_init(LOG_ERROR);
	memo_find('b', node->source, 0)->until = 0;
	now = 1000000;
	*c = (struct client){.numbered = numbered, .session = {.node = node, .place.addr = "fuzz"}};
	peer_init(&c->peer, fd, "fuzz");
}

/* As conn.c does. false: it is for another target. */
static inline bool
client_input(struct client *c)
{
	if (c->front == NULL && (c->front = front_recognise(&c->peer.in)) != NULL)
		c->self = c->front->begin(&c->peer, &c->session);
	if (c->front != NULL && (c->front == &front_numbered) != c->numbered)
		return false;
	if (c->front != NULL && c->peer.reason == NULL && !c->peer.closing)
		c->front->input(c->self);
	return true;
}

static inline void
client_close(struct client *c)
{
	if (c->front != NULL)
		c->front->free(c->self);
	peer_free(&c->peer);
}

#endif
