/* SPDX-License-Identifier: ISC */
/* slash - the commands a person types: the verbs, and what concerns this screen alone. */
#ifndef SLASH_H
#define SLASH_H

#include "client/talk.h"

void slash(struct talk *t, const char *line);
/* The i-th way to complete the line so far, as a whole line; NULL: no more. Valid until the next call. */
const char *slash_complete(struct talk *t, const char *line, int i);

#endif
