/* SPDX-License-Identifier: ISC */
/*
 * guess - wrong passwords make wait, and more of them longer, on all connections of a node: one account from one source
 * (an address, see lib/address.h); one account from all sources it does not know; and one source, after it was wrong
 * about many accounts, so that one person who has forgotten a password does not lock an office out.
 */
#ifndef GUESS_H
#define GUESS_H

#include <stdbool.h>
#include <stdint.h>

/* What stands for an account here: its id or, if there is none, the name that was tried. */
uint64_t guess_account(int64_t id, const char *name);

/* Whether it matters if the account knows the source. */
bool guess_is_doubtful(uint64_t account);
/* For how many ms no password is looked at; 0: one may be tried. known: the account has logged in from there. */
int64_t guess_wait(uint64_t account, uint64_t source, bool known);
/*
 * Whoever was told to wait is told so again without a look into the database, whatever the password: for how many ms; 0: was
 * not told, or the time is over. said: guess_account() of the name or number that the client gives.
 */
int64_t guess_told(uint64_t said, uint64_t source);
/* That client, and who else says the same from there, has been told to wait for so many ms; 0: has not. */
void guess_tell(uint64_t said, uint64_t source, int64_t ms);
void guess_failed(uint64_t account, uint64_t source);
/* It was from where the account is not known. */
void guess_failed_abroad(uint64_t account);
void guess_succeeded(uint64_t account, uint64_t source);

#endif
