/* SPDX-License-Identifier: ISC */
/* numbered_learn - which dialect a client speaks: guessed, remembered, shown; and what is said when nothing fits. */
#ifndef NUMBERED_LEARN_H
#define NUMBERED_LEARN_H

#include "front/numbered_form.h"
#include "front/numbered_state.h"

/* What a request says of it. UNFIT: the person has been told, there is no more to do. */
enum fit learn_request(struct numbered *v, struct req *rq, struct form *f);
/* What is remembered of the one who has just logged in goes before a guess, and is as good as shown until it is not. */
void learn_login(struct numbered *v);
/* What a request has shown is remembered for the user's next login. */
void learn_remember(struct numbered *v, int64_t user);

#endif
