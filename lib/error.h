/* SPDX-License-Identifier: ISC */
/*
 * error - the protocol's error codes: the one place that spells them.
 *
 * A database function refuses with SQLSTATE 'CH' + the three characters given
 * here, and with a sentence for a person as its message.
 */
#ifndef ERROR_H
#define ERROR_H

#define ERRORS(X)                                                                             \
	X(E_BAD_JSON, "bad_json", "", "that is not one valid JSON object")                    \
	X(E_BAD_REQUEST, "bad_request", "BRQ", "a field is missing or wrong")                 \
	X(E_UNKNOWN_OP, "unknown_op", "", "there is no such operation")                       \
	X(E_NOT_LOGGED_IN, "not_logged_in", "", "log in first")                               \
	X(E_ALREADY_LOGGED_IN, "already_logged_in", "", "this connection is logged in; log out first") \
	X(E_BAD_CREDENTIALS, "bad_credentials", "BCR", "the name or the password is wrong")   \
	X(E_NAME_TAKEN, "name_taken", "TKN", "that name is taken")                            \
	X(E_NOT_FOUND, "not_found", "NFD", "there is no such thing, or it is not yours to see") \
	X(E_FORBIDDEN, "forbidden", "FBD", "you may not do that")                             \
	X(E_BLOCKED, "blocked", "BLK", "the other side has blocked you")                      \
	X(E_CONFLICT, "conflict", "CFL", "it contradicts what is stored")                     \
	X(E_TOO_LARGE, "too_large", "LRG", "it is too large")                                 \
	X(E_RATE_LIMITED, "rate_limited", "RTL", "too much at once; wait a little")              \
	X(E_UNAVAILABLE, "unavailable", "", "the database does not answer; send it again with the same cid") \
	X(E_INTERNAL, "internal", "", "something went wrong here; it has been logged")

enum error {
	E_OK = 0,
#define X(name, wire, state, sentence) name,
	ERRORS(X)
#undef X
	E_COUNT
};

const char *error_wire(enum error e);     /* "not_found" */
const char *error_sentence(enum error e); /* what to say when nothing better is known */
/* The error of an SQLSTATE such as CHNFD; E_OK if it is not one of ours. */
enum error error_of_sqlstate(const char *state);

#endif
