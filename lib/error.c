/* SPDX-License-Identifier: ISC */
#include "lib/error.h"

#include <assert.h>
#include <string.h>

static const struct {
	const char *wire, *state, *sentence;
} errors[E_COUNT] = {
#define X(name, wire, state, sentence) [name] = {wire, state, sentence},
	ERRORS(X)
#undef X
};

const char *
error_wire(enum error e)
{
	assert(e > E_OK && e < E_COUNT);
	return errors[e].wire;
}

const char *
error_sentence(enum error e)
{
	assert(e > E_OK && e < E_COUNT);
	return errors[e].sentence;
}

enum error
error_of_sqlstate(const char *state)
{
	if (strncmp(state, "CH", 2) != 0)
		return E_OK;
	for (int e = E_OK + 1; e < E_COUNT; e++)
		if (errors[e].state[0] != '\0' && strcmp(errors[e].state, state + 2) == 0)
			return (enum error)e;
	return E_OK;
}
