/* SPDX-License-Identifier: ISC */
#include "bus/bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus/wire.h"
#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CONNECT_MS 2000
#define QUIET_MS 10000 /* a silent bus that is watched is asked whether it lives */
#define PONG_MS 5000
#define RETRY_MIN_MS 50
#define RETRY_MAX_MS 1000 /* delivery is at once again <= 2 s after Redis is back */
#define PUB_IDLE_MS 60000
#define PUB_BACKLOG (1024 * 1024) /* a Redis that takes nothing gets no more than this */

enum state { OFF, GREETING, LIVE };

struct channel {
	enum bus_kind kind;
	int64_t id;
};

struct bus {
	const struct bus_url *url;
	char *name;
	bus_fn *fn;
	void *arg;

	/* subscriber */
	redisContext *sub;
	enum state state;
	int greetings;   /* replies still to come before the confirmations */
	int unconfirmed; /* subscriptions sent and not confirmed */
	bool writing;    /* output is waiting */
	bool watched;
	bool pinged;
	int64_t due; /* OFF: try again; GREETING: give up; LIVE: ask whether it lives, or give up waiting for the answer */
	struct backoff backoff;
	unsigned generation;
	struct channel *channels;
	size_t n, cap;

	/* publisher */
	redisContext *pub;
	bool pub_writing;
	int64_t pub_due;   /* close it if it was quiet until then */
	int64_t pub_retry; /* no attempt before */
	size_t pub_queued;
};

struct bus *
bus_new(const struct bus_url *url, const char *name, bus_fn *fn, void *arg)
{
	struct bus *bus = mem_alloc(sizeof(*bus));

	bus->url = url;
	bus->name = mem_strdup(name);
	bus->fn = fn;
	bus->arg = arg;
	bus->due = bus->pub_due = CLOCK_NEVER;
	bus->backoff = (struct backoff){.min = RETRY_MIN_MS, .max = RETRY_MAX_MS};
	return bus;
}

static void
pub_close(struct bus *bus)
{
	if (bus->pub != NULL)
		redisFree(bus->pub);
	bus->pub = NULL;
	bus->pub_writing = false;
	bus->pub_due = CLOCK_NEVER;
	bus->pub_queued = 0;
}

void
bus_watch(struct bus *bus)
{
	bus->watched = true;
}

void
bus_close(struct bus **busp)
{
	struct bus *bus = *busp;

	if (bus == NULL)
		return;
	if (bus->sub != NULL)
		redisFree(bus->sub);
	pub_close(bus);
	free(bus->channels);
	free(bus->name);
	free(bus);
	*busp = NULL;
}

/* Subscriber */

static void
sub_lost(struct bus *bus, const char *why)
{
	char where[BUS_URL_TEXT];

	bus_url_where(bus->url, where);
	if (bus->backoff.now == 0) /* once per outage */
		log_warn(bus->state == LIVE ? "bus_lost" : "bus_unreachable", "at=%s why=%s", where, why);
	if (bus->sub != NULL)
		redisFree(bus->sub);
	bus->sub = NULL;
	bus->state = OFF;
	bus->due = clock_ms() + backoff_failed(&bus->backoff);
}

static void
sub_flush(struct bus *bus)
{
	if (!wire_flush(bus->sub, &bus->writing))
		sub_lost(bus, bus->sub->errstr);
}

static void
sub_send(struct bus *bus, const char *verb, const struct channel *ch)
{
	char name[CHANNEL_MAX];

	wire_command(bus->sub, 2, (const char *[]){verb, channel_name(name, ch->kind, ch->id)});
}

static void
sub_open(struct bus *bus)
{
	bus->sub = wire_dial(bus->url, bus->name, &bus->greetings);
	if (bus->sub == NULL) {
		sub_lost(bus, strerror(errno));
		return;
	}
	bus->state = GREETING;
	bus->due = clock_ms() + CONNECT_MS;
	bus->unconfirmed = (int)bus->n;
	for (size_t i = 0; i < bus->n; i++)
		sub_send(bus, "SUBSCRIBE", &bus->channels[i]);
	sub_flush(bus);
}

/* One reply. false: it says that this connection is of no use. */
static bool
sub_reply(struct bus *bus, const redisReply *r)
{
	const char *what;

	if (bus->greetings > 0) {
		bus->greetings--;
		return wire_greeting_ok(r);
	}
	if (r->type != REDIS_REPLY_ARRAY || r->elements < 2 || r->element[0]->type != REDIS_REPLY_STRING) {
		log_warn("bus_refused", "why=%s", r->type == REDIS_REPLY_ERROR ? r->str : "an answer that makes no sense");
		return false;
	}
	what = r->element[0]->str;
	if (strcmp(what, "message") == 0 && r->elements == 3 && r->element[1]->type == REDIS_REPLY_STRING &&
	    r->element[2]->type == REDIS_REPLY_STRING)
		bus->fn(bus->arg, channel_kind(r->element[1]->str), r->element[2]->str, (size_t)r->element[2]->len);
	else if (strcmp(what, "subscribe") == 0 && bus->unconfirmed > 0)
		bus->unconfirmed--;
	else if (strcmp(what, "pong") == 0)
		bus->pinged = false;
	if (bus->state == GREETING && bus->unconfirmed == 0) {
		bus->state = LIVE;
		backoff_reset(&bus->backoff);
		bus->pinged = false;
		bus->generation++;
		bus->pub_retry = 0; /* Redis is there: others may be listening again already */
	}
	return true;
}

/* Reads all that Redis has for us: poll() does not fire for what hiredis has buffered. */
static void
sub_read(struct bus *bus)
{
	void *r = NULL;

	if (redisBufferRead(bus->sub) != REDIS_OK) {
		sub_lost(bus, bus->sub->errstr);
		return;
	}
	while (redisGetReplyFromReader(bus->sub, &r) == REDIS_OK && r != NULL) {
		bool ok = sub_reply(bus, r);

		freeReplyObject(r);
		if (!ok) {
			sub_lost(bus, "refused");
			return;
		}
		if (bus->state == LIVE && !bus->pinged)
			bus->due = bus->watched ? clock_ms() + QUIET_MS : CLOCK_NEVER;
	}
	if (bus->sub->err != 0)
		sub_lost(bus, bus->sub->errstr);
}

void
bus_ask(struct bus *bus)
{
	if (bus->state != LIVE || bus->pinged)
		return;
	wire_command(bus->sub, 1, (const char *[]){"PING"});
	bus->pinged = true;
	bus->due = clock_ms() + PONG_MS;
	sub_flush(bus);
}

static void
sub_overdue(struct bus *bus)
{
	switch (bus->state) {
	case OFF:
		sub_open(bus);
		break;
	case GREETING:
		sub_lost(bus, "no answer in time");
		pub_close(bus);
		break;
	case LIVE:
		if (bus->pinged) {
			sub_lost(bus, "no answer to a ping");
			pub_close(bus); /* it goes the same way, and would wait for TCP to find out */
		} else
			bus_ask(bus);
		break;
	}
}

static struct channel *
bus_find(struct bus *bus, enum bus_kind kind, int64_t id)
{
	for (size_t i = 0; i < bus->n; i++)
		if (bus->channels[i].id == id && bus->channels[i].kind == kind)
			return &bus->channels[i];
	return NULL;
}

bool
bus_listen(struct bus *bus, enum bus_kind kind, int64_t id)
{
	if (bus_find(bus, kind, id) != NULL)
		return false;
	if (bus->n == bus->cap) {
		bus->cap = bus->cap != 0 ? bus->cap * 2 : 8;
		bus->channels = mem_realloc(bus->channels, bus->cap * sizeof(bus->channels[0]));
	}
	bus->channels[bus->n] = (struct channel){kind, id};
	bus->n++;
	if (bus->sub != NULL) {
		sub_send(bus, "SUBSCRIBE", &bus->channels[bus->n - 1]);
		bus->unconfirmed++;
		bus->writing = true; /* several are written together, by bus_work() */
	} else if (bus->due == CLOCK_NEVER) {
		bus->due = 0;
	}
	return true;
}

void
bus_unlisten(struct bus *bus, enum bus_kind kind, int64_t id)
{
	struct channel *ch = bus_find(bus, kind, id);

	if (ch == NULL)
		return;
	if (bus->sub != NULL) {
		sub_send(bus, "UNSUBSCRIBE", ch);
		bus->writing = true;
	}
	*ch = bus->channels[--bus->n];
}

bool
bus_up(const struct bus *bus)
{
	return bus->state == LIVE && bus->unconfirmed == 0;
}

bool
bus_live(const struct bus *bus)
{
	return bus->state == LIVE;
}

unsigned
bus_generation(const struct bus *bus)
{
	return bus->generation;
}

/* Publisher */

/* Takes the answers, which nobody needs, off the connection. false: it is broken. */
static bool
pub_drain(struct bus *bus)
{
	void *r = NULL;

	if (redisBufferRead(bus->pub) != REDIS_OK)
		return false;
	while (redisGetReplyFromReader(bus->pub, &r) == REDIS_OK && r != NULL) {
		bool ok = wire_greeting_ok(r);

		freeReplyObject(r);
		if (!ok)
			return false;
		bus->pub_queued = 0; /* it takes what we send */
	}
	return bus->pub->err == 0;
}

static bool
pub_open(struct bus *bus)
{
	int ignored;

	if (clock_ms() < bus->pub_retry)
		return false;
	bus->pub = wire_dial(bus->url, bus->name, &ignored);
	if (bus->pub == NULL)
		bus->pub_retry = clock_ms() + RETRY_MAX_MS / 2 + clock_jitter(RETRY_MAX_MS / 2);
	return bus->pub != NULL;
}

void
bus_publish(struct bus *bus, enum bus_kind kind, int64_t id, const char *payload, size_t n)
{
	char name[CHANNEL_MAX];
	const char *argv[] = {"PUBLISH", channel_name(name, kind, id), payload};
	const size_t len[] = {7, strlen(name), n};

	if (bus->pub != NULL && (!pub_drain(bus) || bus->pub_queued > PUB_BACKLOG))
		pub_close(bus); /* it ended since we last looked, or takes nothing: a new one may do */
	if (bus->pub == NULL && !pub_open(bus))
		return;
	redisAppendCommandArgv(bus->pub, 3, argv, len);
	bus->pub_queued += n;
	bus->pub_due = clock_ms() + PUB_IDLE_MS;
	if (!wire_flush(bus->pub, &bus->pub_writing))
		pub_close(bus);
}

/* The loop */

int
bus_poll(const struct bus *bus, struct pollfd fds[BUS_FDS])
{
	int n = 0;

	if (bus->sub != NULL)
		fds[n++] = (struct pollfd){.fd = bus->sub->fd, .events = (short)(POLLIN | (bus->writing ? POLLOUT : 0))};
	if (bus->pub != NULL && bus->pub_writing)
		fds[n++] = (struct pollfd){.fd = bus->pub->fd, .events = POLLOUT};
	return n;
}

int64_t
bus_due(const struct bus *bus)
{
	return bus->due < bus->pub_due ? bus->due : bus->pub_due;
}

void
bus_work(struct bus *bus)
{
	int64_t now = clock_ms();

	if (bus->sub != NULL)
		sub_read(bus); /* first: we may have been away ourselves for longer than an answer may take */
	if (now >= bus->due)
		sub_overdue(bus);
	if (bus->sub != NULL && bus->writing)
		sub_flush(bus);
	if (bus->pub != NULL && bus->pub_writing && !wire_flush(bus->pub, &bus->pub_writing))
		pub_close(bus);
	if (bus->pub != NULL && now >= bus->pub_due)
		pub_close(bus);
}

bool
bus_wait(struct bus *bus, int64_t deadline)
{
	while (bus_work(bus), !bus_up(bus)) {
		struct pollfd fds[BUS_FDS];
		int n = bus_poll(bus, fds);
		int64_t due = bus_due(bus);

		if (clock_ms() >= deadline || bus->backoff.now != 0)
			return false;
		poll(fds, (nfds_t)n, clock_left(due < deadline ? due : deadline));
	}
	return true;
}
