/* SPDX-License-Identifier: ISC */
/*
 * loop - what the master does all its life: keeps spare children, accepts clients and hands each to one, buries the dead, obeys
 * signals. Of what clients say it reads a PROXY header and nothing else, and it waits for no server, so nothing a session does
 * can stop it.
 */
#ifndef LOOP_H
#define LOOP_H

#include "master/config.h"

/* From here on signals wait for the loop, which looks at them in one place. Before the first child. */
void loop_signals(void);
/* Until a signal ends it, and nobody is here any more. */
void loop_run(struct config *cf);

#endif
