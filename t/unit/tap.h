/* SPDX-License-Identifier: ISC */
/* tap - what a unit test says: one line per check, its plan at the end, what went wrong on
 * stderr. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool __attribute__((format(printf, 4, 5)))
tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%s %d - ", good ? "ok" : "not ok", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	if (!good) {
		tap_failed++;
		fprintf(stderr, "# not ok %d at %s:%d\n", tap_count, file, line);
	}
	return good;
}

static inline void
tap_int(long long got, long long want, const char *what, const char *file, int line)
{
	if (!tap_ok(got == want, file, line, "%s", what))
		fprintf(stderr, "#   got %lld, want %lld\n", got, want);
}

static inline void
tap_str(const char *got, const char *want, const char *what, const char *file, int line)
{
	if (!tap_ok(strcmp(got, want) == 0, file, line, "%s", what))
		fprintf(stderr, "#   got:  %s\n#   want: %s\n", got, want);
}

#define ok(good, ...) tap_ok(good, __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, what) \
	tap_int((long long)(got), (long long)(want), what, __FILE__, __LINE__)
#define is_str(got, want, what) tap_str(got, want, what, __FILE__, __LINE__)

/* main returns this. */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0 || tap_count == 0;
}

#endif
