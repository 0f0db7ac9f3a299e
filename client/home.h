/* SPDX-License-Identifier: ISC */
/* home - where all that is remembered lies: $XDG_STATE_HOME/chat, a directory for each server, 0600. */
#ifndef HOME_H
#define HOME_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

#define DEVICE_BASE_MAX 28 /* the server takes 32, "-cmd" is ours */

struct link_tls;

/* Appends DIR/SERVER/FIRST[/SECOND], percent-encoded, and makes the directories. False: complained. */
bool home_path(struct buf *path, const char *server, const char *first, const char *second);
/* 1, 0: there is none, -1: refused, complained. Caller frees *text. */
int home_read(const char *path, char **text, size_t *n);
/* Atomically. -1: complained. */
int home_write(const char *path, const struct buf *b);

/* All that is remembered of a user there is gone. */
void home_forget(const char *server, const char *user);
/* The only user with a login at this server, or NULL. Caller frees. */
char *home_only_user(const char *server);
/* The name of the device that we are at the server, made up the first time. NULL: complained. Caller frees. */
char *home_device(const char *server);

/* How the server was reached at login. home_tls: -1: complained. */
int home_tls(const char *server, struct link_tls *how);
void home_set_tls(const char *server, const struct link_tls *how);

#endif
