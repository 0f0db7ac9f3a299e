/* SPDX-License-Identifier: ISC */
/*
 * password - argon2id (19 MiB, t=2), with at most as many computed at once on
 * this node as it has cores: 5,000 people who log in again must not take the
 * machine down; the others wait in line. The only user of libsodium.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct req;
struct session;
struct slots;

#define PASSWORD_HASH_MAX 128
#define TOKEN_HEX 64 /* 256 random bits */

/* First of all, in the master: what libsodium finds out about the processor all its children share. */
void password_begin(void);
/* line: the node's, for hashing; source: whose turn it is. false: too many wait for a place already. */
bool password_hash(struct slots *line, uint64_t source, const char *password, char hash[PASSWORD_HASH_MAX]);
/*
 * E_OK: it is the one; E_BAD_CREDENTIALS: it is not, which counts as a guess; E_RATE_LIMITED: it was not looked at. hash NULL
 * (nobody has that name) takes as long, and is wrong. account, known: see session/guess.h.
 */
enum error password_try(struct session *s, struct req *rq, uint64_t account, bool known, const char *password, const char *hash);
/* Refuses: who guesses has to wait for rq->retry_after. */
enum error password_wait(struct req *rq);

/*
 * E_OK: it is the password of who is logged in, which is stored as *stored, borrowed from the database. A wrong one counts
 * as a guess.
 */
enum error password_own(struct session *s, struct req *rq, const char *password, const char **stored);

/* A new token, and the hash under which the database knows a token. Both in hex. */
void token_new(char token[TOKEN_HEX + 1]);
void token_hash(const char *token, char hash[TOKEN_HEX + 1]);

/* Overwrites a secret so that the compiler cannot leave it out. */
void secret_wipe(void *p, size_t n);

const char *password_library_version(void);

#endif
