/* SPDX-License-Identifier: ISC */
/*
 * purse - who pays for what a client asks. Who is logged in has a budget of his own; before, a connection has a small one,
 * and so have all of its address together, from which nobody but strangers who stay strangers loses anything: a login gives
 * back what it cost, unless the account has logged in from there again and again.
 */
#ifndef PURSE_H
#define PURSE_H

#include <stdbool.h>
#include <stdint.h>

#include "session/session.h"

/* The client has come: that took a process. */
void purse_begin(struct session *s);
/* A proxy of ours has said where it comes from: what it has spent so far was spent there. */
void purse_comes_from(struct session *s, uint64_t source);
/* false: there is not enough; *wait says for how many ms. */
bool purse_take(struct session *s, int64_t cost, int64_t *wait);
/* It was refused before anything was done for it. */
void purse_refused(struct session *s);
/* What has been done for it was not asked for by an operation. */
void purse_charge(struct session *s, int64_t cost);
/* So many bytes said nothing. */
void purse_nothing(struct session *s, size_t bytes);
void purse_give_back(struct session *s, int64_t cost);
/* The client has logged in. */
void purse_login(struct session *s, bool by_password);
/* So much was refused that nothing more is read until then, by clock_ms(); 0: read on. */
int64_t purse_due(struct session *s);

#endif
