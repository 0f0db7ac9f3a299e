/* SPDX-License-Identifier: ISC */
/*
 * log - one event, one line on stderr, logfmt: `lvl=info ev=login pid=7 user=alice`.
 * Values are quoted and escaped here, so nothing a client sends can forge a line.
 * With JOURNAL_STREAM set: no time stamp, and a <N> priority in front.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_init(enum log_level level);
/* "error", "warn", "info", "debug"; false: not one of them. */
bool log_level_parse(const char *s, enum log_level *level);
const char *log_level_name(enum log_level level);
/* What every line of this process says beside the pid; NULL: nothing. Copied. */
void log_user(const char *name);

/*
 * fmt is a list of `key=%x`; the conversions are printf's %s %d %u %ld %lld %zu,
 * where a %s value is quoted when it has to be (NULL prints as -).
 */
void log_event(enum log_level level, const char *ev, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_event(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_event(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_event(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_event(LOG_DEBUG, __VA_ARGS__)

/* The world is wrong: logs and exits with the status (sysexits(3) numbers). */
#define die(status, ...)                                                                      \
	do {                                                                                  \
		log_event(LOG_ERROR, __VA_ARGS__);                                            \
		log_exit(status);                                                             \
	} while (0)
void log_exit(int status) __attribute__((noreturn));

#endif
