/* SPDX-License-Identifier: ISC */
/* load - what the clients do by themselves: talk, acknowledge, come and go, break. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chaos.h"
#include "lib/jw.h"
#include "lib/mem.h"

#define IN_FLIGHT 16

static void
send_text(struct client *c, int i)
{
	struct text *t = &w.texts[i];
	struct target *to = &w.targets[t->target];
	char cid[48], *words = text_words(i);

	text_cid(i, cid);
	if (t->attempts++ == 0)
		t->floor = to->conv != 0 ? view_of(c, to->conv)->told : 0;
	else
		w.resends++;
	jw_open(&c->out, NULL, '{');
	jw_str(&c->out, "op", "send");
	jw_int(&c->out, "rid", i);
	jw_str(&c->out, to->group ? "group" : "to", to->name);
	jw_str(&c->out, "cid", cid);
	if (w.o.forge && i % 16 == 3) {
		jw_str(&c->out, "from", w.users[0].name);
		jw_int(&c->out, "sender", w.users[0].id);
		jw_int(&c->out, "seq", 1);
	}
	jw_str(&c->out, "text", words);
	jw_close(&c->out, '}');
	ask(c, ASK_SEND, i);
	record("%s invoked %s attempt %d", name_of(c), cid, t->attempts);
	free(words);
}

void
say_again(struct client *c, int i)
{
	w.texts[i].unknown = true;
	w.unknowns++;
	if (c->n_again == c->cap_again) {
		c->cap_again = c->cap_again * 2 + 16;
		c->again = mem_realloc(c->again, c->cap_again * sizeof(int));
	}
	c->again[c->n_again++] = i;
}

void
acknowledge(struct client *c)
{
	for (size_t i = 0; i < c->n_views; i++) {
		struct view *v = &c->views[i];

		if (v->last <= v->acked)
			continue;
		buf_addf(&c->out, "{\"op\":\"ack\",\"conv\":%lld,\"seq\":%lld}\n",
		    (long long)v->conv, (long long)v->last);
		v->acked = v->last;
		record(
		    "%s acked %lld %lld", name_of(c), (long long)v->conv, (long long)v->last);
	}
	c->ack_at = INT64_MAX;
}

static void
mishap(struct client *c)
{
	struct linger reset = {1, 0};
	int64_t now = now_ms();

	switch (rnd(4)) {
	case 0:
		lost(c, "own: closed", 1 + (int64_t)rnd(500));
		break;
	case 1:
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		lost(c, "own: reset", 1 + (int64_t)rnd(500));
		break;
	case 2: /* half open: the server hears nothing of our going */
		if (c->old_fd >= 0)
			close(c->old_fd);
		c->old_fd = c->fd;
		c->old_until = now + 8000;
		c->fd = -1;
		lost(c, "own: half open", 1 + (int64_t)rnd(500));
		break;
	case 3:
		c->deaf_until = now + 2000 + (int64_t)rnd(6000);
		record("%s deaf", name_of(c));
		break;
	}
}

int64_t
gap_of(double mean_ms)
{
	return 1 + (int64_t)(mean_ms / 2 + (double)rnd(1000) / 1000 * mean_ms);
}

static void
wander(struct client *c)
{
	struct target *t = &w.targets[c->wanders];

	if (c->n > 0 || c->n_again > 0) {
		c->wander_at =
		    now_ms() + 50; /* what is open belongs to the present membership */
		return;
	}
	buf_addf(&c->out, "{\"op\":\"group_%s\",\"group\":\"%s\"}",
	    c->inside ? "leave" : "join", t->name);
	ask(c, c->inside ? ASK_LEAVE : ASK_JOIN, c->wanders);
	record("%s %s %s", name_of(c), c->inside ? "leaves" : "joins", t->name);
	c->wander_at = now_ms() + 500 + (int64_t)rnd(4000);
}

static void
kick(struct client *c)
{
	struct target *t = &w.targets[c->rules];

	c->kick_at = now_ms() + 500 + (int64_t)rnd(3000);
	if (!w.clients[t->wanderer].inside)
		return;
	buf_addf(&c->out, "{\"op\":\"group_kick\",\"group\":\"%s\",\"user\":\"%s\"}", t->name,
	    w.users[w.clients[t->wanderer].user].name);
	ask(c, ASK_KICK, c->rules);
	record("%s kicks %s from %s", name_of(c), name_of(&w.clients[t->wanderer]), t->name);
}

/* Asks again for something that was answered long ago. */
static void
repeat(struct client *c, int me)
{
	for (size_t i = rnd(w.n_texts); i < w.n_texts; i++) {
		const struct text *t = &w.texts[i];

		if (t->client == me && t->state == OK && t->target != c->wanders) {
			send_text(c, (int)i);
			return;
		}
	}
}

static void
talk(struct client *c, int64_t now)
{
	int burst = rnd(4) == 0 ? 3 : 1, me = (int)(c - w.clients);

	c->send_at += gap_of(1000.0 * 1.5 / w.o.rate); /* 1.5 texts each time, on average */
	if (c->send_at < now - 1000)
		c->send_at = now;
	while (burst-- > 0 && c->n < IN_FLIGHT)
		send_text(c, text_new(me, c->targets[rnd((uint64_t)c->n_targets)]));
	if (rnd(100) == 0 && w.n_texts > 50)
		repeat(c, me);
}

void
up_work(struct client *c, int64_t now)
{
	if (c->n > 0 && now > c->pending[c->first].due) {
		lost(c, "no reply in time", 1 + (int64_t)rnd(300));
		return;
	}
	if (c->state != UP)
		return;
	if (now >= c->ack_at && now >= c->deaf_until)
		acknowledge(c);
	while (c->n_again > 0 && c->n < IN_FLIGHT && now >= c->again_at) {
		int i = c->again[0];

		memmove(c->again, c->again + 1, --c->n_again * sizeof(int));
		send_text(c, i);
	}
	if (!w.sending || now < c->deaf_until)
		return;
	if (c->wanders >= 0 && w.o.wander && now >= c->wander_at)
		wander(c);
	if (c->rules >= 0 && w.o.wander && now >= c->kick_at)
		kick(c);
	if (now >= c->send_at && c->n_again == 0 && c->n < IN_FLIGHT && c->n_targets > 0)
		talk(c, now);
	if (w.o.breaks > 0 && now >= c->break_at) {
		c->break_at = now + gap_of(w.o.breaks * 1000);
		mishap(c);
	}
}
