/* SPDX-License-Identifier: ISC */
/* numbered_login - the login reply in one frame. */
#ifndef NUMBERED_LOGIN_H
#define NUMBERED_LOGIN_H

#include "front/numbered_state.h"

/* The id of the user in a native reply. */
int64_t login_user(const struct req *done);
/* The login reply, from the native one in done: friends and groups as far as they fit. */
void login_reply(struct numbered *v, struct req *done, struct buf *b);

#endif
