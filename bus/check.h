/* SPDX-License-Identifier: ISC */
/* check - questions to Redis before anything runs. */
#ifndef BUS_CHECK_H
#define BUS_CHECK_H

#include <stddef.h>

#include "bus/url.h"

/* hiredis's, as "0.14.1". */
const char *bus_library_version(void);

/*
 * Tries what a session does, blocking for at most timeout_ms at a time. Returns 0, or -1 with the reason in why.
 * *clients: how many connections the server takes; 0: it does not say.
 */
int bus_check(const struct bus_url *url, int timeout_ms, int *clients, char *why, size_t whylen);

#endif
