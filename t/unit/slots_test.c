/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/slots.h"
#include "t/unit/tap.h"

#define CROWD 40

static struct {
	_Atomic int inside, most, turns, order[CROWD];
} *seen;

static void
nap(int64_t ms)
{
	usleep((useconds_t)ms * 1000);
}

/* A child from source that takes a place, and after ms gives it back, so often. */
static pid_t
worker_from(struct slots *s, uint64_t source, int times, int64_t ms, int name)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	while (times-- > 0) {
		int place = slots_take(s, source, clock_ms() + 20000), now;

		if (place < 0)
			_exit(1);
		now = atomic_fetch_add(&seen->inside, 1) + 1;
		if (now > seen->most)
			seen->most = now;
		seen->order[seen->turns++ % CROWD] = name;
		if (ms > 0)
			nap(ms);
		atomic_fetch_sub(&seen->inside, 1);
		slots_give(s, place);
	}
	_exit(0);
}

static pid_t
worker(struct slots *s, int times, int64_t ms, int name)
{
	return worker_from(s, (uint64_t)name, times, ms, name);
}

static bool
become(const struct slots *s, int n)
{
	int64_t deadline = clock_ms() + 5000;

	while (slots_waiting(s) != n && clock_ms() < deadline)
		nap(1);
	return slots_waiting(s) == n;
}

static bool
end_well(pid_t *pid, int n)
{
	bool well = true;
	int status;

	for (int i = 0; i < n; i++)
		well = waitpid(pid[i], &status, 0) == pid[i] && status == 0 && well;
	return well;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
in_order(void)
{
	struct slots *s = slots_new(1, CROWD, 60000);
	int place = slots_take(s, 99, 0);
	pid_t pid[CROWD];
	bool same = true;

	for (int i = 0; i < 20; i++) {
		pid[i] = worker(s, 1, 0, i);
		become(s, i + 2);
	}
	slots_give(s, place);
	ok(end_well(pid, 20), "twenty wait for one place, and get it");
	for (int i = 0; i < 20; i++)
		same = same && seen->order[i] == i;
	ok(same, "in the order in which they came");
	is_int(slots_waiting(s), 0, "nobody is left in the line");
}

static void
so_many(void)
{
	struct slots *s = slots_new(3, CROWD, 60000);
	int64_t begun = clock_ms();
	pid_t pid[CROWD];

	*seen = (__typeof__(*seen)){0};
	for (int i = 0; i < 30; i++)
		pid[i] = worker(s, 10, 1, i);
	ok(end_well(pid, 30), "thirty take three places ten times each");
	is_int(seen->turns, 300, "each time it was theirs");
	ok(seen->most <= 3, "never more than three at once: %d", seen->most);
	ok(clock_ms() - begun < 2000, "nobody sleeps longer than he has to: %lld ms", (long long)(clock_ms() - begun));
}

/* Another process asks: this one has an entry. */
static bool
gets_nothing(struct slots *s, int64_t ms)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(slots_take(s, 98, clock_ms() + ms) == -1 ? 7 : 0);
	return waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7;
}

static void
full(void)
{
	struct slots *s = slots_new(1, 2, 60000);
	int place = slots_take(s, 99, 0);
	int64_t begun = clock_ms();
	pid_t pid;

	ok(gets_nothing(s, 100), "who waits until the deadline gets nothing");
	ok(clock_ms() - begun >= 100, "but not before");
	is_int(slots_waiting(s), 1, "and has left the line");
	pid = worker(s, 1, 0, 0);
	become(s, 2);
	begun = clock_ms();
	ok(gets_nothing(s, 60000), "the line is full: refused");
	ok(clock_ms() - begun < 1000, "at once");
	slots_give(s, place);
	ok(end_well(&pid, 1), "who was in it is served");
}

/* Twenty of one source wait, and then one of another, three times. */
static void
in_turns(void)
{
	struct slots *s = slots_new(1, CROWD, 60000);
	int place = slots_take(s, 1, 0), turn[3] = {-1, -1, -1};
	pid_t pid[23];

	*seen = (__typeof__(*seen)){0};
	for (int i = 0; i < 23; i++) {
		pid[i] = worker_from(s, i < 20 ? 1 : 2, 1, 5, i);
		become(s, i + 2);
	}
	slots_give(s, place);
	ok(end_well(pid, 23), "all of two sources are served");
	for (int i = 0; i < 23; i++)
		if (seen->order[i] >= 20)
			turn[seen->order[i] - 20] = i;
	ok(turn[0] <= 1 && turn[1] <= 3 && turn[2] <= 5, "in turns, though twenty of one came first: %d %d %d", turn[0], turn[1], turn[2]);
}

static void
full_of_one(void)
{
	struct slots *s = slots_new(1, 8, 60000);
	int place = slots_take(s, 98, 0);
	pid_t pid[7];

	for (int i = 0; i < 6; i++) {
		pid[i] = worker_from(s, 98, 1, 0, i);
		become(s, i + 2);
	}
	ok(gets_nothing(s, 60000), "one source does not get the whole line");
	pid[6] = worker_from(s, 97, 1, 0, 6);
	ok(become(s, 8), "another finds room in it");
	slots_give(s, place);
	ok(end_well(pid, 7), "and is served");
}

static void
comes_back(void)
{
	struct slots *s = slots_new(1, 10, 300);
	int64_t begun;
	pid_t dead = worker(s, 1, 60000, 0), stopped, pid;
	int turns;

	become(s, 1);
	begun = clock_ms();
	pid = worker(s, 1, 0, 1);
	become(s, 2);
	end(dead);
	ok(end_well(&pid, 1) && clock_ms() - begun < 1500, "a holder that is killed gives its place back: %lld ms",
	    (long long)(clock_ms() - begun));

	turns = seen->turns;
	stopped = worker(s, 1, 60000, 0);
	while (seen->turns == turns)
		nap(1);
	kill(stopped, SIGSTOP);
	begun = clock_ms();
	pid = worker(s, 1, 0, 1);
	ok(end_well(&pid, 1) && clock_ms() - begun < 1500 && clock_ms() - begun > 200, "so does one that is stopped, after its time: %lld ms",
	    (long long)(clock_ms() - begun));
	pid = worker(s, 3, 0, 1);
	ok(end_well(&pid, 1), "and does not hold up those who come later");
	end(stopped);
}

/* Killed wherever they happen to be, over and over: what is left must still work. */
static void
killed_anywhere(void)
{
	struct slots *s = slots_new(2, 12, 60000);
	int64_t until = clock_ms() + 1500;
	pid_t pid[8], last[2];
	int kills = 0, begun;

	*seen = (__typeof__(*seen)){0};
	for (int i = 0; i < 8; i++)
		pid[i] = worker(s, 1000000, 0, i);
	while (clock_ms() < until) {
		int i = (int)clock_jitter(8);

		usleep((useconds_t)clock_jitter(2000));
		end(pid[i]);
		pid[i] = worker(s, 1000000, 0, i);
		kills++;
	}
	begun = seen->turns;
	nap(300);
	ok(seen->turns > begun, "after %d were killed the others go on: %d turns", kills, seen->turns);
	for (int i = 0; i < 8; i++)
		end(pid[i]);
	for (int i = 0; i < 2; i++)
		last[i] = worker(s, 3, 400, i);
	until = clock_ms();
	ok(end_well(last, 2) && clock_ms() - until < 2200, "and both places are still there");
}

int
main(void)
{
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	in_order();
	so_many();
	full();
	in_turns();
	full_of_one();
	comes_back();
	killed_anywhere();
	return done_testing();
}
