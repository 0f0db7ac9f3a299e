/* SPDX-License-Identifier: ISC */
#include "lib/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

/* A line is written by one write(2) and stays below PIPE_BUF, so that lines of many processes never mix. */
#define LINE_MAX_BYTES 2048

static const char *const names[] = {"error", "warn", "info", "debug"};
static enum log_level threshold = LOG_INFO;
static bool journal;
static char user_name[256];

struct line {
	char text[LINE_MAX_BYTES];
	size_t n;
};

static void
put(struct line *l, const char *s, size_t n)
{
	if (n > sizeof(l->text) - 2 - l->n)
		n = sizeof(l->text) - 2 - l->n;
	memcpy(l->text + l->n, s, n);
	l->n += n;
}

static void
puts_(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

static void
put_value(struct line *l, const char *s)
{
	const unsigned char *p;
	bool plain = s != NULL && *s != '\0';

	if (s == NULL) {
		puts_(l, "-");
		return;
	}
	for (p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || *p >= 0x7f)
			plain = false;
	if (plain) {
		puts_(l, s);
		return;
	}
	puts_(l, "\"");
	for (p = (const unsigned char *)s; *p != '\0'; p++) {
		char esc[8];

		if (*p == '"' || *p == '\\')
			snprintf(esc, sizeof(esc), "\\%c", *p);
		else if (*p < ' ' || *p == 0x7f)
			snprintf(esc, sizeof(esc), "\\x%02x", *p);
		else
			snprintf(esc, sizeof(esc), "%c", *p);
		puts_(l, esc);
	}
	puts_(l, "\"");
}

/* Prints one conversion that starts behind '%'; returns the first byte after it. */
static const char *
put_conversion(struct line *l, const char *f, va_list *ap)
{
	char num[32];

	if (*f == 's') {
		put_value(l, va_arg(*ap, const char *));
		return f + 1;
	}
	if (*f == 'd')
		snprintf(num, sizeof(num), "%d", va_arg(*ap, int));
	else if (*f == 'u')
		snprintf(num, sizeof(num), "%u", va_arg(*ap, unsigned));
	else if (strncmp(f, "ld", 2) == 0)
		snprintf(num, sizeof(num), "%ld", va_arg(*ap, long));
	else if (strncmp(f, "zu", 2) == 0)
		snprintf(num, sizeof(num), "%zu", va_arg(*ap, size_t));
	else if (strncmp(f, "lld", 3) == 0)
		snprintf(num, sizeof(num), "%lld", va_arg(*ap, long long));
	else
		abort();
	puts_(l, num);
	return f + strspn(f, "lz") + 1;
}

static void
put_time(struct line *l)
{
	char stamp[CLOCK_TEXT];
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	clock_date(stamp, ts.tv_sec);
	puts_(l, stamp);
	snprintf(stamp, sizeof(stamp), ".%03ldZ ", ts.tv_nsec / 1000000);
	puts_(l, stamp);
}

static void
put_head(struct line *l, enum log_level level, const char *ev)
{
	static const char *const journal_priority[] = {"<3>", "<4>", "<6>", "<7>"};
	char pid[24];

	if (journal)
		puts_(l, journal_priority[level]);
	else
		put_time(l);
	puts_(l, "lvl=");
	puts_(l, names[level]);
	puts_(l, " ev=");
	puts_(l, ev);
	snprintf(pid, sizeof(pid), " pid=%ld", (long)getpid());
	puts_(l, pid);
	if (user_name[0] != '\0') {
		puts_(l, " user=");
		put_value(l, user_name);
	}
}

/* Whoever reads the log may stand still; nobody here waits for it. A pipe that is ready takes PIPE_BUF bytes at once. */
static bool
written(const struct line *l)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && write(STDERR_FILENO, l->text, l->n) >= 0;
}

static void
hand_out(const struct line *l)
{
	static unsigned lost;

	if (lost > 0) {
		struct line note = {.n = 0};
		char count[32];

		put_head(&note, LOG_WARN, "log_lost");
		snprintf(count, sizeof(count), " lines=%u\n", lost);
		puts_(&note, count);
		if (written(&note))
			lost = 0;
	}
	if (lost > 0 || !written(l))
		lost++;
}

void
log_event(enum log_level level, const char *ev, const char *fmt, ...)
{
	struct line l = {.n = 0};
	va_list ap;

	if (level > threshold)
		return;
	put_head(&l, level, ev);
	if (*fmt != '\0')
		puts_(&l, " ");
	va_start(ap, fmt);
	while (*fmt != '\0') {
		size_t n = strcspn(fmt, "%");

		put(&l, fmt, n);
		fmt += n;
		if (*fmt == '%')
			fmt = put_conversion(&l, fmt + 1, &ap);
	}
	va_end(ap);
	l.text[l.n++] = '\n';
	hand_out(&l);
}

void
log_init(enum log_level level)
{
	threshold = level;
	journal = getenv("JOURNAL_STREAM") != NULL;
}

bool
log_level_parse(const char *s, enum log_level *level)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(s, names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	return false;
}

const char *
log_level_name(enum log_level level)
{
	return names[level];
}

void
log_user(const char *name)
{
	snprintf(user_name, sizeof(user_name), "%s", name != NULL ? name : "");
}

void
log_exit(int status)
{
	exit(status);
}
