/* SPDX-License-Identifier: ISC */
/* start - what has to be true before a node serves: both servers answer and will have us, and there is room for its sessions. */
#ifndef START_H
#define START_H

#include <stdint.h>

#include "master/config.h"

/* Waits until both servers answer, for so many ms; a wrong configuration is not waited for. Dies with a sentence. */
void start_check(const struct config *cf, int64_t timeout);
/* After that: what the machine and the servers do not allow, see limits.h. */
void start_limits(struct config *cf);

#endif
