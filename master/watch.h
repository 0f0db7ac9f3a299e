/* SPDX-License-Identifier: ISC */
/*
 * watch - the one place where the master waits: each descriptor with what is to be done when
 * something happens there. What is done may drop any watch, also one that something happened to.
 */
#ifndef WATCH_H
#define WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Part of what it is for; WATCHED() leads back to that. */
struct watch {
	int fd; /* -1: not watched */
	bool strange; /* see watch_stranger() */
	void (*fn)(struct watch *w, uint32_t events);
};
#define WATCHED(w, type) ((type *)(void *)((char *)(w)-offsetof(type, watch)))

/* events: EPOLLIN and so on. Borrows fd: a watch is dropped before its descriptor is closed. */
void watch_add(struct watch *w, int fd, uint32_t events, void (*fn)(struct watch *w, uint32_t events));
/* The same for what anybody may make happen: a few ms late, if it happens again and again. */
void watch_stranger(struct watch *w, int fd, uint32_t events, void (*fn)(struct watch *w, uint32_t events));
void watch_change(struct watch *w, uint32_t events);
void watch_drop(struct watch *w);
/* Until something happens, a signal comes, or the deadline: does what is to be done. */
void watch_wait(int64_t deadline, const sigset_t *unblocked);

#endif
