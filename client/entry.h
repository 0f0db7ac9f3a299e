/* SPDX-License-Identifier: ISC */
/* entry - the messages of a conversation on the screen: when each was said, and which number mine have. */
#ifndef ENTRY_H
#define ENTRY_H

#include "client/talk.h"

void entry_show(struct talk *t, struct json_object *message);
/* The same of what I have said here, with a sign; seq 0: it is not stored. */
void entry_own(struct talk *t, struct place *p, const char *sign, int64_t seq, struct json_object *message);
bool entry_is_shown(const struct place *p, int64_t seq);

#endif
