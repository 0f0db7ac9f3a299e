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
#define LOCK_MS 100 /* longer than it takes to look, also on a busy machine */
#define NEVER_HELD (INT64_MIN / 2)

/*
 * One who waits or holds. There is no list to be left half-linked: whoever is in line
 * stands in an entry of its own, and who holds is written there.
 */
struct entry {
	_Atomic int32_t pid;      /* 0: free; taken first, given back last */
	_Atomic uint32_t bell;    /* a futex, rung when it may hold */
	_Atomic int64_t ticket;   /* its round, and its number; 0: not in line yet */
	_Atomic int64_t held_at;  /* ms; since when it holds; 0: it waits; NEVER_HELD: it has died waiting */
	_Atomic uint64_t source;
};

struct slots {
	int count, line;
	int64_t lease;
	_Atomic int32_t looks;   /* pid of who gives out places; 0: nobody */
	_Atomic int64_t tickets; /* given so far */
	_Atomic int64_t round;   /* of the newest holder */
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

/* What is done under it may be left off at any point: who has it too long, or dies with it, loses it. */
static void
lock(struct slots *s)
{
	int64_t deadline = clock_ms() + LOCK_MS;

	for (;;) {
		int32_t who = 0;

		if (atomic_compare_exchange_strong(&s->looks, &who, getpid()))
			return;
		if ((is_dead(who) || clock_ms() >= deadline) && atomic_compare_exchange_strong(&s->looks, &who, getpid()))
			return;
		usleep(50);
	}
}

static void
unlock(struct slots *s)
{
	int32_t self = getpid();

	atomic_compare_exchange_strong(&s->looks, &self, 0);
}

/* It is alive, and has not had its time. */
static bool
holds(const struct slots *s, struct entry *e, int64_t now)
{
	int64_t held_at = atomic_load(&e->held_at);

	return held_at != 0 && now - held_at <= s->lease && atomic_load(&e->ticket) != 0 && !is_dead(atomic_load(&e->pid));
}

/* Who waits and is alive, the lowest ticket of all. */
static struct entry *
next_in_line(struct slots *s)
{
	for (;;) {
		struct entry *next = NULL;
		int64_t lowest = INT64_MAX;

		for (int i = 0; i < s->line; i++) {
			int64_t ticket = atomic_load(&s->in[i].ticket);

			if (ticket != 0 && ticket < lowest && atomic_load(&s->in[i].held_at) == 0) {
				next = &s->in[i];
				lowest = ticket;
			}
		}
		if (next == NULL || !is_dead(atomic_load(&next->pid)))
			return next;
		atomic_store(&next->held_at, NEVER_HELD);
	}
}

/* Gives out what places there are, and rings for those who get them. */
static void
look(struct slots *s)
{
	int64_t now = clock_ms();
	int places = s->count;
	struct entry *next;

	lock(s);
	for (int i = 0; i < s->line; i++)
		places -= holds(s, &s->in[i], now);
	for (; places > 0 && (next = next_in_line(s)) != NULL; places--) {
		if (atomic_load(&next->ticket) >> 32 > atomic_load(&s->round))
			s->round = atomic_load(&next->ticket) >> 32;
		atomic_store(&next->held_at, now);
		atomic_fetch_add(&next->bell, 1);
		syscall(SYS_futex, &next->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
	unlock(s);
}

/* Of the living. */
static int
in_line_from(struct slots *s, uint64_t source)
{
	int n = 0;

	for (int i = 0; i < s->line; i++) {
		struct entry *e = &s->in[i];

		n += atomic_load(&e->ticket) != 0 && atomic_load(&e->source) == source && !is_dead(atomic_load(&e->pid));
	}
	return n;
}

/*
 * The n-th in line from its source is served in the n-th round from now, so each source has one turn
 * in a round, however many of it wait.
 */
static void
take_ticket(struct slots *s, struct entry *e, uint64_t source, int n)
{
	int64_t number = (atomic_fetch_add(&s->tickets, 1) + 1) & UINT32_MAX;

	atomic_store(&e->held_at, 0);
	atomic_store(&e->source, source);
	atomic_store(&e->ticket, (s->round + n) << 32 | number);
}

/*
 * An entry of our own; one of the dead if none is free. NULL: the line is full, or what one source may have of it is.
 * Until our ticket is in, that of the dead stands there: whoever looks meanwhile waits for nothing longer than us.
 */
static struct entry *
join(struct slots *s, uint64_t source)
{
	int32_t self = getpid();
	int own = in_line_from(s, source);

	for (int dead = 0; dead < 2 && own <= s->line * 3 / 4; dead++)
		for (int i = 0; i < s->line; i++) {
			struct entry *e = &s->in[i];
			int32_t pid = atomic_load(&e->pid);

			if (pid != 0 && pid != self && !(dead && is_dead(pid)))
				continue;
			if (atomic_compare_exchange_strong(&e->pid, &pid, self)) {
				take_ticket(s, e, source, own);
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
slots_take(struct slots *s, uint64_t source, int64_t deadline)
{
	struct entry *e = join(s, source);

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
