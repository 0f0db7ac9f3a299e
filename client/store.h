/* SPDX-License-Identifier: ISC */
/*
 * store - what is remembered between runs, under $XDG_STATE_HOME/chat, 0600.
 *
 * The server keeps one cursor, one token and one session per *device*. So:
 *
 *	what follows (interactive, listen) is device D, what asks (every other
 *	command) is device D-cmd; D is --device, or HOST-xxxx.
 *
 * `login` gets a token for both. A lock lets one process at a time be a device:
 * commands wait for each other, a second follower is refused.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/home.h"

struct json_object;
struct session;

enum store_role { STORE_FOLLOWER, STORE_COMMAND };

struct store {
	char *path;   /* DIR/SERVER/USER/DEVICE, percent-encoded */
	char device[33];
	char *user;
	char *token;  /* NULL: not logged in */
	struct json_object *cursors; /* {"CONV": seq}: the last entry seen */
	char *epoch;
	int lock;
	bool busy; /* another process has the lock */
};

/*
 * Takes the device's lock, waiting for it until the deadline, and reads what is
 * stored. device NULL: the one made up for this server. 1: there is a token. 0: there is none. -1: refused, complained.
 */
int store_open(struct store *st, const char *server, const char *user, const char *device,
    enum store_role role, int64_t deadline);
/* Writes it all, atomically. -1: complained. */
int store_save(struct store *st);
/* Forgets the login. */
void store_erase(struct store *st);
void store_close(struct store *st);

void store_set_token(struct store *st, const char *token);
/* A new epoch means the server lost history: the cursors are worth nothing. */
void store_set_epoch(struct store *st, const char *epoch);
int64_t store_cursor(const struct store *st, int64_t conv);
void store_set_cursor(struct store *st, int64_t conv, int64_t seq);

/*
 * What a device has seen: tells an entry that is new from one that was shown before, and acknowledges, once per
 * burst, what has been shown.
 */
struct follow {
	struct store *store;
	struct session *session;
	struct json_object *outcomes; /* {"CONV/SEQ": when it was last changed, as shown}; NULL: none */
	struct json_object *shown; /* {"CONV": seq} since the last acknowledgement; NULL: nothing */
};

void follow_init(struct follow *f, struct store *store, struct session *session);
void follow_free(struct follow *f);
/* The session is up: its reply may carry a new token and another epoch. */
void follow_up(struct follow *f, struct json_object *reply);
bool follow_is_new(const struct follow *f, struct json_object *message);
/* It has been shown, changed since it was said; and: is this the change, which need not be shown then? */
void follow_outcome(struct follow *f, struct json_object *message);
bool follow_repeats(const struct follow *f, struct json_object *message);
/* It has been shown. */
void follow_shown(struct follow *f, struct json_object *message);
/* Stores and acknowledges what was shown. The caller has flushed its output. -1: cannot be stored. */
int follow_acknowledge(struct follow *f);

#endif
