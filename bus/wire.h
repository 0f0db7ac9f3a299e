/* SPDX-License-Identifier: ISC */
/* wire - one connection to Redis: how both the subscriber and the publisher open and use it. Nobody outside bus/ includes it. */
#ifndef BUS_WIRE_H
#define BUS_WIRE_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "bus/url.h"

/* Connects without waiting; NULL: refused at once. What it says first is queued already; *greetings replies to that will come. */
redisContext *wire_dial(const struct bus_url *u, const char *name, int *greetings);
/* Whether a reply to the greeting allows to go on: false for an error, or the ROLE of a server that does not reach the others. */
bool wire_greeting_ok(const redisReply *r);

/* Queues a command of words. */
void wire_command(redisContext *c, int argc, const char *argv[]);
/* Writes what is queued; *writing: some is left. false: the connection is broken. */
bool wire_flush(redisContext *c, bool *writing);

#endif
