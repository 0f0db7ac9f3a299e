/* SPDX-License-Identifier: ISC */
#include "master/child.h"

#include <unistd.h>

#include "lib/clock.h"

struct all_children children;

void
children_init(void)
{
	for (int s = 0; s < CHILD_STATES; s++)
		TAILQ_INIT(&children.in[s]);
	children.backoff = (struct backoff){.min = 100, .max = 5000};
}

void
children_drop(void)
{
	mem_drop(children);
}

static void
enter(struct child *ch, enum child_state state)
{
	ch->state = state;
	TAILQ_INSERT_TAIL(&children.in[state], ch, same_state);
	children.count[state]++;
}

static void
leave(struct child *ch)
{
	TAILQ_REMOVE(&children.in[ch->state], ch, same_state);
	children.count[ch->state]--;
}

static struct child *
child_new(pid_t pid, int ctl, int64_t number, int64_t born, void (*heard)(struct watch *w, uint32_t events))
{
	struct child *ch = mem_own(&children.memory, sizeof(*ch));

	*ch = (struct child){.number = number, .pid = pid, .ctl = ctl, .theirs = -1, .client = -1, .born = born, .watch.fd = -1};
	LIST_INSERT_HEAD(&children.by_pid[pid % CHILD_BUCKETS], ch, same_bucket);
	if (ctl >= 0)
		watch_add(&ch->watch, ctl, EPOLLIN, heard);
	return ch;
}

void
child_add(pid_t pid, int ctl, int theirs, int64_t number, void (*heard)(struct watch *w, uint32_t events))
{
	struct child *ch = child_new(pid, ctl, number, clock_ms(), heard);

	ch->theirs = theirs;
	enter(ch, SPARE);
}

struct child *
child_inherit(pid_t pid, int ctl, int64_t number, int64_t born, void (*heard)(struct watch *w, uint32_t events))
{
	struct child *ch = child_new(pid, ctl, number, born, heard);

	enter(ch, BUSY);
	return ch;
}

struct child *
child_find(pid_t pid)
{
	struct child *ch;

	LIST_FOREACH(ch, &children.by_pid[pid % CHILD_BUCKETS], same_bucket)
		if (ch->pid == pid)
			return ch;
	return NULL;
}

void
child_move(struct child *ch, enum child_state state)
{
	leave(ch);
	enter(ch, state);
}

void
child_lives(struct child *ch)
{
	if (ch->theirs >= 0)
		close(ch->theirs);
	ch->theirs = -1;
}

void
child_let_go(struct child *ch)
{
	watch_drop(&ch->watch);
	if (ch->ctl >= 0)
		close(ch->ctl);
	ch->ctl = -1;
}

void
child_free(struct child *ch)
{
	child_lives(ch);
	child_let_go(ch);
	leave(ch);
	LIST_REMOVE(ch, same_bucket);
	mem_disown(&children.memory, ch);
}
