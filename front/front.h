/* SPDX-License-Identifier: ISC */
/* front - the table of fronts: how clients speak, told apart by what they send first. */
#ifndef FRONT_H
#define FRONT_H

#include "front/speak.h"

/* NULL: more bytes are wanted. White space and NULs at the beginning of in are dropped. */
const struct front *front_recognise(struct buf *in);

#endif
