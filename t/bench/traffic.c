/* SPDX-License-Identifier: ISC */
/*
 * traffic - pairs and groups. A message is on its way until its sender has the
 * reply and every receiver has read it; then its place is free for the next one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "t/bench/bench.h"

struct flight {
	int64_t at;    /* when it was, or with a rate should have been, written */
	int64_t count; /* which message of its sender it is */
	int left;      /* receivers and reply still to come */
	int next;      /* replies come in the order of the sends; or the next free one */
};

struct sender {
	struct link *link;
	struct flight *flight;
	int free, first, last; /* -1: none */
	int receivers;
	int64_t count;
	char target[64]; /* a user or the group */
};

static struct sender *senders;
static int n_senders;
static int64_t run; /* tells this run's messages from those of one before */
static bool open_loop, stopping;
static struct histogram delivery, replies;
static int64_t done, delivered;
static struct usage at_first;
static char *text; /* of the message being written */

static void
sender_init(struct sender *s, struct link *l, int receivers, const char *name)
{
	*s = (struct sender){.link = l, .receivers = receivers, .first = -1, .last = -1};
	s->flight = mem_alloc((size_t)opt.flight * sizeof(s->flight[0]));
	for (int i = 0; i < opt.flight; i++)
		s->flight[i].next = i + 1 < opt.flight ? i + 1 : -1;
	snprintf(s->target, sizeof(s->target), "%s", name);
	l->mine = s;
}

static void
send_one(struct sender *s, int64_t at)
{
	struct flight *f = &s->flight[s->free];
	int slot = s->free, head;

	s->free = f->next;
	*f = (struct flight){
	    .at = at, .count = s->count++, .left = s->receivers + 1, .next = -1};
	if (s->last >= 0)
		s->flight[s->last].next = slot;
	else
		s->first = slot;
	s->last = slot;
	head = snprintf(text, (size_t)opt.size + 1, "%" PRIx64 " %d %d %" PRIx64 " ", run, (int)(s - senders), slot, f->count);
	memset(text + head, 'x', (size_t)(opt.size - head));
	opt.tongue->text(s->link, opt.group != NULL, s->target, f->count, run, text);
}

static void
send_all(struct sender *s)
{
	while (!open_loop && !stopping && s->free >= 0)
		send_one(s, now_ns());
}

static void
one_less(struct sender *s, int slot)
{
	struct flight *f = &s->flight[slot];

	if (--f->left > 0)
		return;
	done++;
	f->next = s->free;
	s->free = slot;
	send_all(s);
}

static void
on_reply(struct link *l, int64_t rid, int64_t at)
{
	struct sender *s = l->mine;
	int slot = s->first;

	if (slot < 0 || rid != s->flight[slot].count)
		quit("u%d: a reply out of order: %" PRId64, l->user, rid);
	s->first = s->flight[slot].next;
	if (s->first < 0)
		s->last = -1;
	histogram_add(&replies, at - s->flight[slot].at);
	one_less(s, slot);
}

static void
on_message(struct link *l, const struct message *m)
{
	char *end;
	int64_t of = strtoll(m->text, &end, 16), who, slot, count;

	if (of != run)
		return;
	who = strtoll(end, &end, 10);
	if (who >= 0 && who < n_senders && senders[who].link == l)
		return; /* XMPP: a group tells its speaker too */
	slot = strtoll(end, &end, 10);
	count = strtoll(end, &end, 16);
	if (who < 0 || who >= n_senders || slot < 0 || slot >= opt.flight ||
	    senders[who].flight[slot].count != count)
		quit("a message that was not sent: %.80s", m->text);
	delivered++;
	histogram_add(&delivery, m->at - senders[who].flight[slot].at);
	one_less(&senders[who], (int)slot);
}

static const struct role speaks = {.reply = on_reply, .message = on_message},
			 listens = {.message = on_message};

static int64_t sent, since; /* with a rate: so many, since then */

static void
turn_until(int64_t end)
{
	static int next;

	if (!open_loop) {
		while (now_ns() < end)
			links_turn(end);
		return;
	}
	if (since == 0)
		since = now_ns();
	while (now_ns() < end) {
		int64_t due = since + sent * SECOND / opt.rate;

		while (due <= now_ns()) {
			struct sender *s = &senders[next++ % n_senders];

			if (s->free >= 0)
				send_one(s, due);
			else
				heard.errors++; /* all places taken: it would only grow from
						   here */
			due = since + ++sent * SECOND / opt.rate;
		}
		links_turn(due < end ? due : end);
	}
}

static bool
all_arrived(void)
{
	for (int i = 0; i < n_senders; i++)
		for (int k = 0; k < opt.flight; k++)
			if (senders[i].flight[k].left > 0)
				return false;
	return true;
}

/* Looking at every process of a crowd takes a while: with a rate nothing is on its way then, nor becomes due. */
static void
measure_parts(struct usage *u)
{
	int64_t end = now_ns() + 10 * SECOND;

	while (open_loop && !all_arrived() && now_ns() < end)
		links_turn(end);
	parts_measure(u, false);
	since = sent = 0;
}

/* Runs the window; prints what pairs and groups have in common. 1: something was lost, doubled
 * or refused. */
static int
measure(const char *figure)
{
	struct usage from, to, memory;
	struct heard before, after;
	double s;
	int64_t n, begun, end, missing = 0;

	open_loop = opt.rate > 0;
	for (int i = 0; i < n_senders; i++)
		send_all(&senders[i]);
	turn_until(now_ns() + opt.warm);
	measure_parts(&from);
	before = heard;
	done = delivered = 0;
	memset(&delivery, 0, sizeof(delivery));
	memset(&replies, 0, sizeof(replies));
	begun = now_ns();
	turn_until(begun + opt.window);
	s = (double)(now_ns() - begun) / 1e9;
	n = done;
	after = heard;
	parts_measure(&to, false);
	printf("figure=%s n=%d flight=%d messages=%" PRId64
	       " messages_per_s=%.0f deliveries_per_s=%.0f",
	    figure, opt.n, opt.flight, n, (double)n / s, (double)delivered / s);
	say_latency(&delivery, "deliver");
	say_latency(&replies, "reply");
	say_cpu(&from, &to, (double)(n > 0 ? n : 1));
	printf(" lines_per_read=%.2f",
	    (double)(after.lines - before.lines) / (double)(after.reads - before.reads));
	parts_measure(&memory, true);
	say_memory(&at_first, &memory, (double)heard.ready);
	stopping = true;
	open_loop = false;
	end = now_ns() + 20 * SECOND;
	while (!all_arrived() && now_ns() < end)
		links_turn(now_ns() + SECOND / 10);
	for (int i = 0; i < n_senders; i++)
		for (int k = 0; k < opt.flight; k++)
			missing += senders[i].flight[k].left;
	printf(" missing=%" PRId64 " gaps=%" PRId64 " twice=%" PRId64 " errors=%" PRId64 "\n",
	    missing, heard.gaps, heard.twice, heard.errors);
	return missing + heard.gaps + heard.twice + heard.errors > 0;
}

static void
prepare(int n)
{
	parts_measure(&at_first, true);
	if (opt.idle > 0)
		open_idle(opt.idle, opt.first + 2 * opt.n, 32);
	run = now_ns();
	n_senders = n;
	senders = mem_alloc((size_t)n * sizeof(senders[0]));
	text = mem_alloc((size_t)opt.size + 1);
}

/* Senders on the first node, receivers on the second. */
int
run_pairs(void)
{
	struct link *l = mem_alloc((size_t)opt.n * 2 * sizeof(*l));

	prepare(opt.n);
	for (int i = 0; i < opt.n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "u%d", opt.first + opt.n + i);
		sender_init(&senders[i], &l[i], 1, name);
		link_open(&l[i], &speaks, opt.first + i, opt.addr[0]);
		link_open(&l[opt.n + i], &listens, opt.first + opt.n + i, opt.addr[1]);
	}
	links_ready(opt.idle + opt.n * 2, 60);
	return measure("pairs");
}

/* Members alternate between the nodes; the first ones speak. */
int
run_group(void)
{
	struct link *l = mem_alloc((size_t)opt.n * sizeof(*l));

	if (opt.group == NULL || opt.senders < 1 || opt.senders > opt.n)
		quit("group wants -g NAME and at most as many senders as members");
	prepare(opt.senders);
	for (int i = 0; i < opt.n; i++) {
		if (i < opt.senders)
			sender_init(&senders[i], &l[i], opt.n - 1, opt.group);
		link_open(&l[i], i < opt.senders ? &speaks : &listens, opt.first + i,
		    opt.addr[i % 2]);
		if (i % 100 == 99)
			links_ready(i + 1, 60);
	}
	links_ready(opt.n, 60);
	return measure("group");
}
