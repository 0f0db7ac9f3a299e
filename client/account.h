/* SPDX-License-Identifier: ISC */
/* account - register, login, logout and the like. A login is two: one token for what follows, one for what asks (store.h). */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "client/store.h"

struct options;
struct verb;

/* Stores the tokens of both devices, or of one. Exit codes; complained if not EX_OK. */
int account_login(const struct options *o, const char *name, const char *password);
int account_login_as(const struct options *o, const char *name, const char *password, enum store_role role);
/* A verb is done: if it was a new password (secret), our other device needs a new token; nothing is left of a deleted one. */
int account_changed(const struct options *o, const struct verb *v, const char *secret, enum store_role other);
/* Leads a person to a login, and opens its store. 1 when there is one, 0 when the person leaves, -1: complained. */
int account_welcome(struct options *o, struct store *st);

#endif
