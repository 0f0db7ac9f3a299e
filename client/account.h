/* SPDX-License-Identifier: ISC */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "client/chat.h"

/* Exit codes; complained if not EXIT_OK. */
int account_register(const struct options *o, const char *name, const char *password);
/* Stores the tokens of both devices. */
int account_login(const struct options *o, const char *name, const char *password);

#endif
