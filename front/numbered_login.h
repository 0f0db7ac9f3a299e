/* SPDX-License-Identifier: ISC */
/* numbered_login - the login reply in one frame. */
#ifndef NUMBERED_LOGIN_H
#define NUMBERED_LOGIN_H

#include "front/numbered_state.h"

/* The id of the user in a native reply. */
int64_t login_user(const struct req *done);
/* Queues the login reply, from the native one in done; what does not fit into it is told behind it. */
void login_reply(struct numbered *v, struct req *done);

#endif
