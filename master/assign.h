/* SPDX-License-Identifier: ISC */
/* assign - one value, as text, into its place in struct config. */
#ifndef ASSIGN_H
#define ASSIGN_H

#include <stdbool.h>

#include "master/config.h"

/* What was wrong, as one sentence without its full stop, and what to exit with. */
extern char assign_problem[400];
extern int assign_status;
/* Says so. Returns false. */
bool assign_wrong(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* from: what the sentence begins with, and what cf->from[] says. false: it is wrong. */
bool assign(struct config *cf, const struct option_row *r, const char *value, const char *from);

/* title_init() overwrites argv and the environment: strings that count get memory of their own, for good; each once. */
const char *assign_keep(const char *s);

#endif
