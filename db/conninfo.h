/* SPDX-License-Identifier: ISC */
/* conninfo - the words that say where PostgreSQL is, looked at before anything is connected. */
#ifndef DB_CONNINFO_H
#define DB_CONNINFO_H

#include <stdbool.h>
#include <stddef.h>

/* false: libpq does not understand it, and why. */
bool conninfo_is_right(const char *conninfo, char *why, size_t size);
/* Its settings as key=value with *** in place of what is secret. */
void conninfo_masked(const char *conninfo, char *text, size_t size);
/* Whether it is certain that it leads to Unix sockets. */
bool conninfo_is_near(const char *conninfo);

#endif
