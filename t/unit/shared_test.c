/* SPDX-License-Identifier: ISC */
/*
 * The node's shared memory, when its writers are killed: a process hands over, wakes, enters and leaves, step by step of
 * the processor, and is killed after each of them in turn. Whatever it leaves, nobody reads what was never written.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "session/shared.c"
#include "t/unit/tap.h"

#define STEPS_MAX 20000
#define CHILD 7

static struct slot *slot;

/* Marks where the counting begins. */
static void
stop_here(void)
{
	raise(SIGSTOP);
}

static void
hand_over_another(void)
{
	shared_hand_over(slot, 12, 99, true);
}

static void
wake_for_another(void)
{
	struct woken w = {.gone = true, .n = 1, .at = {{22, 88}}};

	shared_wake(slot, &w);
}

static void
leave_and_enter(void)
{
	shared_leave(&slot);
	slot = shared_enter(CHILD, 1001, 2001, 3001, 1);
	shared_hand_over(slot, 12, 99, true);
}

/* Runs what in a process of its own and kills it after so many steps. false: it was over before. */
static bool
killed_after(void (*what)(void), long steps)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		stop_here();
		what();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	while (steps-- > 0) {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid)
			return false;
		if (WIFEXITED(status))
			return false;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return true;
}

/* As if nothing had happened: one session, which has handed over (11, 5), and was told of (21, 7). */
static void
begin_anew(void)
{
	const struct woken w = {.n = 1, .at = {{21, 7}}};

	for (int i = 0; i < shared->top; i++)
		shared_free(&shared->slot[i]);
	slot = shared_enter(CHILD, 1000, 2000, 3000, 1);
	slot->stored = slot->changes - 2;
	shared_hand_over(slot, 11, 5, false);
	slot->stored = 0;
	shared_wake(slot, &w);
}

static bool
is_ack(const struct noted *h, int i, int64_t conv, int64_t seq, bool arrived)
{
	return h->ack[i].conv == conv && h->ack[i].seq == seq && h->ack[i].arrived == arrived;
}

static bool
is_handed_right(const struct noted *h)
{
	if (h->device == 3001)
		return h->session == 1001 && (h->n == 0 || (h->n == 1 && is_ack(h, 0, 12, 99, true)));
	return h->session == 1000 && h->device == 3000 && is_ack(h, 0, 11, 5, false) &&
	       (h->n == 1 || (h->n == 2 && is_ack(h, 1, 12, 99, true)));
}

static bool
is_woken_right(const struct woken *w)
{
	return (w->gone && w->more) || (w->n == 1 && !w->gone && w->at[0].conv == 21 && w->at[0].high == 7) ||
	       (w->n == 1 && w->gone && w->at[0].conv == 22 && w->at[0].high == 88);
}

/* All points of what; the next one who comes to the slot has it as it should be. */
static void
all_points(const char *sentence, void (*what)(void))
{
	long points = 0, wrong = 0, unread = 0, stuck = 0;

	for (;; points++) {
		struct noted h;
		struct woken w;

		begin_anew();
		if (!killed_after(what, points) || points == STEPS_MAX)
			break;
		for (int i = 0; i < shared->top; i++)
			if (shared->slot[i].child == 0)
				continue;
			else if (!shared_take(&shared->slot[i], &h))
				unread++;
			else
				wrong += !is_handed_right(&h);
		shared_read(slot, &w);
		wrong += !is_woken_right(&w);
		for (int i = 0; i < shared->top; i++)
			shared_free(&shared->slot[i]);
		slot = shared_enter(CHILD + 1, 1000, 2000, 3000, 1);
		stuck += slot == NULL || !shared_hand_over(slot, 11, 5, false) || !shared_take(slot, &h) || h.n != 1 ||
		         !is_ack(&h, 0, 11, 5, false);
	}
	printf("# %s: %ld points, at %ld of them nothing can be read\n", sentence, points, unread);
	ok(points > 20 && points < STEPS_MAX, "%s: each point is one to die at", sentence);
	ok(wrong == 0, "%s: nobody reads what was not written (%ld)", sentence, wrong);
	ok(stuck == 0, "%s: the slot is good for the next one (%ld)", sentence, stuck);
}

static void
a_full_slot(void)
{
	begin_anew();
	for (int i = 0; i < SHARED_ACKS - 1; i++)
		ok(shared_hand_over(slot, 100 + i, 1, false), "there is room for another conversation");
	ok(!shared_hand_over(slot, 200, 1, false), "and at last there is none");
	ok(shared_hand_over(slot, 100, 2, false), "but for what is there already");
	slot->stored = slot->changes;
	ok(shared_is_stored(slot), "when the keeper has stored all");
	ok(shared_hand_over(slot, 200, 1, false) && slot->acks == 1, "there is room again");
}

static void
a_full_table(void)
{
	struct slot *taken[4] = {NULL};

	for (int i = 0; i < shared->slots; i++)
		shared_free(&shared->slot[i]);
	for (int i = 0; i < shared->slots; i++)
		taken[i] = shared_enter(i + 1, 1, 1, 1, 1);
	ok(taken[3] != NULL && shared_enter(9, 1, 1, 1, 1) == NULL, "nobody gets a slot that is somebody's");
	assert(taken[1] != NULL);
	shared_free(taken[1]);
	ok(shared_enter(9, 1, 1, 1, 1) == taken[1], "who leaves makes room");
}

int
main(void)
{
	shared_map(4);
	all_points("handing over", hand_over_another);
	all_points("waking", wake_for_another);
	all_points("leaving and coming", leave_and_enter);
	a_full_slot();
	a_full_table();
	return done_testing();
}
