/* SPDX-License-Identifier: ISC */
#include "front/front.h"

#include <ctype.h>

/* In the order in which they are asked; the last one takes whatever nobody wanted. */
#define FRONTS(X) \
	X(numbered)   \
	X(websocket)  \
	X(native)

#define X(name) extern const struct front front_##name;
FRONTS(X)
#undef X

static const struct front *const fronts[] = {
#define X(name) &front_##name,
    FRONTS(X)
#undef X
};
#define N_FRONTS (sizeof(fronts) / sizeof(fronts[0]))

const struct front *
front_recognise(struct buf *in)
{
	while (buf_len(in) > 0 && (*buf_data(in) == '\0' || isspace((unsigned char)*buf_data(in))))
		buf_drop(in, 1);
	for (size_t i = 0; i < N_FRONTS && buf_len(in) > 0; i++)
		switch (fronts[i]->recognise(buf_data(in), buf_len(in))) {
		case OURS:
			return fronts[i];
		case MORE_WANTED:
			return NULL;
		case NOT_OURS:
			break;
		}
	return NULL;
}
