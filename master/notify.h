/* SPDX-License-Identifier: ISC */
/* notify - tells a supervisor that wants to know (sd_notify(3)) how we are; without one, nothing. */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdint.h>

/* Finds out whether there is one, while the environment can still be read. */
void notify_open(void);
/* "READY=1" and the like. */
void notify_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* In each round of the loop: the status, if it has changed, and that the watchdog need not bark. */
void notify_work(const char *status);
int64_t notify_due(void);

#endif
