/* SPDX-License-Identifier: ISC */
#include "lib/slots.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"

#define LOOK_MS 500 /* who should have woken us may have died before it did */

/*
 * One who waits or holds. There is no list to be left half-linked: whoever is in line
 * stands in an entry of its own, and holds if less than `count` tickets that count are
 * lower than its own. So every process can see at any time who holds, and nobody has to
 * hand anything on.
 */
struct entry {
	_Atomic int32_t pid;      /* 0: free; taken first, given back last */
	_Atomic uint32_t bell;    /* a futex, rung when it may hold */
	_Atomic int64_t ticket;   /* 0: not in line yet */
	_Atomic int64_t held_at;  /* ms; when it was first seen to hold, by anybody; 0: not yet */
};

struct slots {
	int count, line;
	int64_t lease;
	_Atomic int64_t tickets; /* given so far */
	struct entry in[];
};

struct slots *
slots_new(int count, int line, int64_t lease)
{
	size_t size = sizeof(struct slots) + (size_t)line * sizeof(struct entry);
	struct slots *s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		die(EX_OSERR, "mmap", "why=%s", strerror(errno));
	s->count = count;
	s->line = line;
	s->lease = lease;
	return s;
}

static bool
is_dead(int32_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

/* Whether it keeps those behind it waiting: it is in line, alive, and has not had its time. */
static bool
counts(const struct slots *s, struct entry *e, int64_t now)
{
	int64_t held_at = atomic_load(&e->held_at);
	int32_t pid = atomic_load(&e->pid);

	if (pid == 0 || atomic_load(&e->ticket) == 0)
		return false;
	if (held_at != 0 && now - held_at > s->lease)
		return false;
	return !is_dead(pid);
}

/*
 * Looks at the whole line: marks the `count` lowest tickets that count as holders, and
 * rings for those who are it newly.
 */
static void
look(struct slots *s)
{
	int64_t now = clock_ms(), above = 0;

	for (int n = 0; n < s->count; n++) {
		struct entry *next = NULL;
		int64_t lowest = INT64_MAX, none = 0;

		for (int i = 0; i < s->line; i++) {
			int64_t ticket = atomic_load(&s->in[i].ticket);

			if (ticket > above && ticket < lowest && counts(s, &s->in[i], now)) {
				next = &s->in[i];
				lowest = ticket;
			}
		}
		if (next == NULL)
			return;
		above = lowest;
		if (!atomic_compare_exchange_strong(&next->held_at, &none, now))
			continue;
		atomic_fetch_add(&next->bell, 1);
		syscall(SYS_futex, &next->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
}

/*
 * An entry of our own; one of the dead if none is free. NULL: the line is full. Until our ticket
 * is in, that of the dead stands there: whoever looks meanwhile waits for nothing longer than us.
 */
static struct entry *
join(struct slots *s)
{
	int32_t self = getpid();

	for (int dead = 0; dead < 2; dead++)
		for (int i = 0; i < s->line; i++) {
			struct entry *e = &s->in[i];
			int32_t pid = atomic_load(&e->pid);

			if (pid != 0 && pid != self && !(dead && is_dead(pid)))
				continue;
			if (atomic_compare_exchange_strong(&e->pid, &pid, self)) {
				atomic_store(&e->held_at, 0);
				atomic_store(&e->ticket, atomic_fetch_add(&s->tickets, 1) + 1);
				return e;
			}
		}
	return NULL;
}

static void
sleep_until(struct entry *e, uint32_t rung, int64_t deadline)
{
	int64_t ms = deadline - clock_ms();
	struct timespec ts;

	if (ms > LOOK_MS)
		ms = LOOK_MS / 2 + clock_jitter(LOOK_MS / 2);
	if (ms <= 0)
		return;
	ts = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	syscall(SYS_futex, &e->bell, FUTEX_WAIT, rung, &ts, NULL, 0);
}

int
slots_take(struct slots *s, int64_t deadline)
{
	struct entry *e = join(s);

	if (e == NULL)
		return -1;
	for (;;) {
		uint32_t rung = atomic_load(&e->bell);

		look(s);
		if (atomic_load(&e->held_at) != 0)
			return (int)(e - s->in);
		if (clock_ms() >= deadline)
			break;
		sleep_until(e, rung, deadline);
	}
	slots_give(s, (int)(e - s->in));
	return -1;
}

void
slots_give(struct slots *s, int place)
{
	struct entry *e = &s->in[place];

	/* The ticket goes first: an entry without one is in no line, whoever has it. */
	atomic_store(&e->ticket, 0);
	atomic_store(&e->held_at, 0);
	atomic_store(&e->pid, 0);
	look(s);
}

int
slots_waiting(const struct slots *s)
{
	int n = 0;

	for (int i = 0; i < s->line; i++)
		n += atomic_load(&s->in[i].pid) != 0;
	return n;
}
