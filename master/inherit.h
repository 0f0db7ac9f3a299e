/* SPDX-License-Identifier: ISC */
/* inherit - listening sockets that the supervisor has opened for us (sd_listen_fds(3)). */
#ifndef INHERIT_H
#define INHERIT_H

#include <stdbool.h>

#include "master/config.h"

/*
 * Each takes the place of the listener that is written as its address is, with its options, or is one more; they
 * replace the default. given: listeners were named. false: more than there may be.
 */
bool inherit_listeners(struct config *cf, bool given);

#endif
