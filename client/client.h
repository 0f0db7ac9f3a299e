/* SPDX-License-Identifier: ISC */
/* client - a command's way to the server and back: the stored login, a session, one question after the other. */
#ifndef CLIENT_H
#define CLIENT_H

#include "client/options.h"
#include "client/session.h"
#include "client/store.h"

struct client {
	const struct options *o;
	struct store store;
	struct session session;
	int64_t deadline; /* of the whole command */

	bool told; /* that the server cannot answer */
	bool answered;
	struct json_object *reply; /* the last one */
	char *line;                /* and its text */
};

/* Opens the store and prepares the session with its token. An exit code; complained if not EX_OK. */
int client_enter(struct client *c, const struct options *o, enum store_role role);
/* For a question that needs no login. */
void client_visit(struct client *c, const struct options *o);
/* Asks and waits; takes body. An exit code; complained if not EX_OK. The reply is c->reply. */
int client_ask(struct client *c, struct buf *body, enum ask_how how);
void client_leave(struct client *c);
/* The exit code that tells a refused reply, after complaining about it. */
int client_refused(struct json_object *reply);
/* The exit code that tells why there is no answer, after complaining. */
int client_failed(const struct session *s);

#endif
