/* SPDX-License-Identifier: ISC */
/*
 * bus - Redis publish/subscribe, the fast path between sessions. It may lose
 * anything at any time; whoever uses it reads PostgreSQL again whenever
 * bus_generation() has changed, and now and then anyway.
 *
 * Two connections: a subscriber, from bus_listen() on, and a publisher, opened at
 * the first publish and closed after a quiet minute (RESP2: who is subscribed
 * may not publish). Nothing here blocks except bus_wait(), which has a deadline.
 */
#ifndef BUS_H
#define BUS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/channel.h"
#include "bus/url.h"

struct bus;

/* One received payload and the kind of channel it came by. Borrowed for the call. */
typedef void bus_fn(void *arg, enum bus_kind kind, const char *payload, size_t n);

/* url is borrowed; name is what Redis shows for the connection, copied. Caller closes. */
struct bus *bus_new(const struct bus_url *url, const char *name, bus_fn *fn, void *arg);
void bus_close(struct bus **bus);

/*
 * Whether a connection that says nothing lives: one that is watched asks whenever it has been silent, others only now.
 * What ends or breaks shows by itself, and the kernel finds out about a host that is gone; this is for a Redis that hangs.
 */
void bus_watch(struct bus *bus);
void bus_ask(struct bus *bus);

/* Subscribes (again after every reconnect, until bus_unlisten). Confirmed once bus_up() says so. false: was already. */
bool bus_listen(struct bus *bus, enum bus_kind kind, int64_t id);
void bus_unlisten(struct bus *bus, enum bus_kind kind, int64_t id);

/* Connected, and every subscription asked for is confirmed by Redis. */
bool bus_up(const struct bus *bus);
/* Connected; subscriptions asked for lately may still be unconfirmed. */
bool bus_live(const struct bus *bus);
/* Counts the times the subscriber connection came up. */
unsigned bus_generation(const struct bus *bus);
/* Pumps until bus_up(), a failure, or the deadline (clock_ms). Messages are handed to fn meanwhile. */
bool bus_wait(struct bus *bus, int64_t deadline);

/* Sends to everybody who listens. Nothing comes back: who must know, asks PostgreSQL. */
void bus_publish(struct bus *bus, enum bus_kind kind, int64_t id, const char *payload, size_t n);

/* For the caller's poll loop: up to BUS_FDS descriptors, when to come back at the latest, and the work. */
#define BUS_FDS 2
int bus_poll(const struct bus *bus, struct pollfd fds[BUS_FDS]);
int64_t bus_due(const struct bus *bus);
void bus_work(struct bus *bus);

#endif
