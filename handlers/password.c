/* SPDX-License-Identifier: ISC */
#include "handlers/password.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db/user.h"
#include "handlers/request.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/slots.h"
#include "session/guess.h"
#include "session/session.h"

#define MEMORY (19 * 1024 * 1024)
#define OPS 2
#define STACK 16384 /* more than libsodium leaves copies of a password in */
#define WAIT_MS 60000 /* longer than the line can be on any machine */

void
password_begin(void)
{
	if (sodium_init() < 0)
		die(EX_OSERR, "sodium_init", "");
}

/* libsodium answers alike to a wrong password and to too little memory: of that a session has to end here, and say so. */
static void
afford(void)
{
	free(mem_alloc(MEMORY + MEMORY / 16));
}

bool
password_hash(struct slots *line, uint64_t source, const char *password, char hash[PASSWORD_HASH_MAX])
{
	int place = slots_take(line, source, clock_ms() + WAIT_MS), failed;

	if (place < 0)
		return false;
	afford();
	failed = crypto_pwhash_str_alg(hash, password, strlen(password), OPS, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
	sodium_stackzero(STACK);
	slots_give(line, place);
	if (failed)
		die(EX_OSERR, "out_of_memory", "for=%s", "password hashing");
	return true;
}

static bool
verify(const char *password, const char *hash)
{
	/* A hash of nothing anybody knows, with the same cost: an unknown name takes as long as a known one. */
	static const char nobody[crypto_pwhash_STRBYTES] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
	                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	bool same;

	afford();
	same = crypto_pwhash_str_verify(hash != NULL ? hash : nobody, password, strlen(password)) == 0;
	sodium_stackzero(STACK);
	return hash != NULL && same;
}

enum error
password_wait(struct req *rq)
{
	return refuse(rq, E_RATE_LIMITED, "too many wrong passwords; try again in %lld s", (long long)(rq->retry_after + 999) / 1000);
}

static enum error
may_try(const struct session *s, struct req *rq, uint64_t account, bool known)
{
	rq->retry_after = guess_wait(account, s->source, known);
	return rq->retry_after > 0 ? password_wait(rq) : E_OK;
}

enum error
password_try(struct session *s, struct req *rq, uint64_t account, bool known, const char *password, const char *hash)
{
	enum error e = may_try(s, rq, account, known);
	int place;

	if (e != E_OK)
		return e;
	place = slots_take(s->node->hashing, s->source, clock_ms() + WAIT_MS);
	if (place < 0)
		return refuse(rq, E_UNAVAILABLE, "too many people log in at this moment; try again");
	/* Before its turn came others may have been wrong: a crowd that guesses at once would be looked at whole. */
	e = may_try(s, rq, account, known);
	if (e == E_OK && !verify(password, hash)) {
		guess_failed(account, s->source);
		e = E_BAD_CREDENTIALS;
	}
	slots_give(s->node->hashing, place);
	return e;
}

enum error
password_own(struct session *s, struct req *rq, const char *password, const char **stored)
{
	struct user u;
	enum error e = db_user_auth(s->db, NULL, s->user, &u, stored);

	if (e == E_OK)
		e = password_try(s, rq, guess_account(s->user, NULL), true, password, *stored);
	return e == E_BAD_CREDENTIALS ? refuse(rq, e, "the password is wrong") : e;
}

void
token_new(char token[TOKEN_HEX + 1])
{
	unsigned char bits[TOKEN_HEX / 2];

	randombytes_buf(bits, sizeof(bits));
	sodium_bin2hex(token, TOKEN_HEX + 1, bits, sizeof(bits));
}

void
token_hash(const char *token, char hash[TOKEN_HEX + 1])
{
	unsigned char sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, (const unsigned char *)token, strlen(token));
	sodium_bin2hex(hash, TOKEN_HEX + 1, sum, sizeof(sum));
}

void
secret_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}

const char *
password_library_version(void)
{
	return sodium_version_string();
}
