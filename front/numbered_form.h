/* SPDX-License-Identifier: ISC */
/* numbered_form - the numbers of the three dialects, and what a request is. */
#ifndef NUMBERED_FORM_H
#define NUMBERED_FORM_H

#include <stdbool.h>

#include "handlers/request.h"

enum wish { W_LOGIN, W_REGISTER, W_CHAT, W_FRIEND, W_CREATE, W_JOIN, W_GROUP_CHAT, W_LOGOUT, W_COUNT };

struct form {
	enum wish wish;
	char letter;
	bool certain; /* no other dialect has such a request */
};

/* What a request is. false: its number is none, or unknown. guess: the dialect to assume where its fields do not tell. */
bool form_find(const struct req *rq, char guess, struct form *f);
/* "msgid" or "msgId", and the numbers of what the server sends. */
const char *form_key(char letter);
int form_push(char letter, bool group);
int form_reply(char letter, enum wish w);

#endif
