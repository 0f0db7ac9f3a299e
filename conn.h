/* SPDX-License-Identifier: ISC */
/* conn - one client connection in a process of its own: the loop over the client, the bus and the master. */
#ifndef CONN_H
#define CONN_H

#include <stdint.h>

#include "session/node.h"

/*
 * Serves client until it or the master (ctl) ends. Both are taken. addr: the
 * client's, for people. child: the process's number in the master's count. Returns the exit status of the process:
 * 0, or CONN_UNTOLD if the database could not be told that the session is over.
 */
#define CONN_UNTOLD 3
int conn_main(const struct node *node, int ctl, int client, const char *addr, int64_t child);

#endif
