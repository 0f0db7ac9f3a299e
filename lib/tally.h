/* SPDX-License-Identifier: ISC */
/*
 * tally - what a peer does again and again gets one log line, not one each: the first of a kind is logged, those after it
 * are counted and said at the end. For a process that serves one peer.
 */
#ifndef TALLY_H
#define TALLY_H

/* ev: as log_event() takes it, of static duration. why, addr: borrowed; why is short and comes from a small set. */
void tally(const char *ev, const char *why, const char *addr);
/* The peer has gone: how often each came that came more than once. */
void tally_end(const char *addr);

#endif
