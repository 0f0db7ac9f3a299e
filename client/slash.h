/* SPDX-License-Identifier: ISC */
/* slash - the commands a person types: the verbs, and what concerns this screen alone. */
#ifndef SLASH_H
#define SLASH_H

#include "client/talk.h"

void slash(struct talk *t, const char *line);
/* Forgets what has no answer yet. */
void slash_free(struct talk *t);
/* "/msg"…; NULL: no more. Valid until the next call. */
const char *slash_name(size_t i);

#endif
