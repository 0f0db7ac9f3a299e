/* SPDX-License-Identifier: ISC */
#include "master/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/counts.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/title.h"
#include "master/child.h"
#include "master/guest.h"
#include "master/listen.h"
#include "master/sandbox.h"
#include "session/shared.h"

/* For a session: a password hash of 19 MiB, the longest rows and answers, and as much again. */
#define SESSION_MEMORY (96 << 20)
#define ANSWER_MS 3000
#define YOUNG_MS 1000
#define FEW 64 /* then a table of descriptors is small anyway, and valgrind knows only the plain fork() */

static struct {
	struct config cf; /* a copy: a child's descriptors differ */
	pool_fn *serve;
	heard_fn *heard;
	bool retired;
} pool;

void
pool_init(const struct config *cf, pool_fn *serve, heard_fn *heard)
{
	pool.cf = *cf;
	pool.serve = serve;
	pool.heard = heard;
	children_init();
}

int
pool_spares(void)
{
	return children.count[SPARE];
}

int
pool_children(void)
{
	return children.count[SPARE] + children.count[HANDED] + children.count[BUSY] + children.count[ENDING];
}

static void child_speaks(struct watch *w, uint32_t events);

/* Spawn */

static void
slow_down(void)
{
	children.spawn_at = clock_ms() + backoff_failed(&children.backoff);
}

static void
end_spare(int sig)
{
	(void)sig;
	_exit(0);
}

/* A spare has nobody to say goodbye to, so SIGTERM simply ends it; from when it takes a client on it is held back. */
static int
child_main(int ctl, int64_t number)
{
	struct node *node = &pool.cf.node;
	struct pollfd p = {.fd = ctl, .events = POLLIN};
	char addr[ADDRESS_TEXT];
	struct handed from = {0};
	sigset_t none, term;
	int client;

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, end_spare);
	sigemptyset(&none);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_SETMASK, &term, NULL);
	title_set("spare");
	children_drop();
	guests_drop();
	listen_drop();
	mem_limit(SESSION_MEMORY);
	sandbox_enter(ROLE_SESSION);
	while (ppoll(&p, 1, NULL, &none) < 0)
		;
	client = handover_take(ctl, &from);
	if (client < 0)
		return 0;
	address_text(&from.from, addr);
	node->source = address_source(&from.from);
	node->dialect = pool.cf.listen[from.listener].speaks;
	node->web = &pool.cf.web;
	node->forwarded = config_proxy(&pool.cf, from.listener, &from.from) == PROXY_FORWARDS;
	return pool.serve(node, ctl, client, addr, number);
}

/* false: the system has no room for another process. */
static bool
spawn_one(void)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		log_error("spawn_failed", "why=%s", strerror(errno));
		return false;
	}
	pair[0] = handover_above(pair[0]);
	children.last++;
	pid = handover_fork(pool_children() > FEW);
	if (pid < 0) {
		log_error("spawn_failed", "why=%s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return false;
	}
	if (pid == 0)
		exit(child_main(handover_keep(pair[1]), children.last));
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	child_add(pid, pair[0], pair[1], children.last, child_speaks);
	return true;
}

bool
pool_spawn(void)
{
	bool some = false;

	while (pool_spares() < pool.cf.spare && !pool.retired && clock_ms() >= children.spawn_at)
		if (spawn_one())
			some = true;
		else
			slow_down();
	return some;
}

/* Hand over */

/* Nothing more is to be heard about that guest. */
static void
lose_guest(void *guest)
{
	if (guest != NULL)
		pool.heard(guest, NULL, 0);
}

static void
hand_over(int client, const struct handed *from, void *guest, bool second)
{
	struct child *ch;

	ch = TAILQ_FIRST(&children.in[SPARE]);
	if (ch == NULL) {
		log_warn("no_spare", "");
		close(client);
		lose_guest(guest);
		return;
	}
	child_move(ch, HANDED);
	ch->client = client;
	ch->from = *from;
	ch->guest = guest;
	ch->second = second;
	ch->due = handover_send(ch->ctl, client, from) ? clock_ms() + ANSWER_MS : 0;
}

void
pool_hand_over(int client, const struct handed *from, void *guest)
{
	hand_over(client, from, guest, false);
}

void
pool_give_place(struct child *ch)
{
	handover_say(ch->ctl, CTL_PLACE);
}

/* The answer came, or the child is of no use: our copy of the client is not needed here any more. */
static int
pool_release(struct child *ch)
{
	int client = ch->client;

	ch->client = -1;
	child_move(ch, BUSY);
	return client;
}

/* The child will not serve its client: another may. The child itself is dead, or killed by the caller. */
static void
failed(struct child *ch)
{
	bool again = !ch->second;
	int client = pool_release(ch);
	struct handed from = ch->from;
	void *guest = ch->guest;

	ch->guest = NULL;
	log_warn("child_failed", "child=%lld pid=%d", (long long)ch->number, (int)ch->pid);
	if (!again) {
		close(client);
		lose_guest(guest);
		return;
	}
	if (pool_spares() == 0 && !spawn_one())
		slow_down();
	hand_over(client, &from, guest, true);
}

/* Hears what the child has to say. 1: it has its client; 0: not yet; -1: nor will it. */
static int
answered(struct child *ch)
{
	int word;

	while ((word = handover_word(ch->ctl)) > 0) {
		child_lives(ch);
		if (word == CTL_TAKEN && ch->state == HANDED) {
			close(pool_release(ch));
			backoff_reset(&children.backoff);
		}
		if (ch->guest != NULL)
			pool.heard(ch->guest, ch, word);
	}
	if (word < 0)
		watch_drop(&ch->watch);
	return ch->state == BUSY ? 1 : word;
}

/* It may have taken its client, and read from it, a moment ago: only when it is dead is it known whether it did. */
static void
give_up(struct child *ch)
{
	kill(ch->pid, SIGKILL); /* not reaped yet, so the pid is still its own */
	ch->due = CLOCK_NEVER;
}

static void
child_speaks(struct watch *w, uint32_t events)
{
	struct child *ch = WATCHED(w, struct child);

	(void)events;
	if (answered(ch) < 0 && ch->state == HANDED)
		give_up(ch);
}

void
pool_answers(void)
{
	struct child *ch;

	TAILQ_FOREACH(ch, &children.in[HANDED], same_state)
		if (clock_ms() >= ch->due)
			give_up(ch);
}

int64_t
pool_due(void)
{
	int64_t due = pool_spares() < pool.cf.spare && !pool.retired ? children.spawn_at : CLOCK_NEVER;
	struct child *ch;

	TAILQ_FOREACH(ch, &children.in[HANDED], same_state)
		if (ch->due < due)
			due = ch->due;
	return due;
}

/* Reap */

static void
bury(struct child *ch, int status, void (*lost)(int64_t child))
{
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (ch->state == SPARE) {
		if (clock_ms() - ch->born < YOUNG_MS)
			slow_down();
		if (!clean)
			log_warn("spare_died", "child=%lld pid=%d status=%d", (long long)ch->number, (int)ch->pid, status);
	} else if (ch->state != ENDING) {
		if (!clean)
			lost(ch->number);
		if (WIFSIGNALED(status)) {
			count(C_END_DIED);
			log_warn("session_died", "child=%lld pid=%d signal=%d", (long long)ch->number, (int)ch->pid, WTERMSIG(status));
		}
	}
	lose_guest(ch->guest);
	child_free(ch);
}

void
pool_reap(void (*lost)(int64_t child), void (*other)(int pid, int status))
{
	int status;
	pid_t pid;

	/* One signal may stand for many deaths. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *ch = child_find(pid);

		if (ch == NULL) {
			other((int)pid, status);
			continue;
		}
		/* If it answered before it died it may have read from its client, who is lost with it. */
		if (ch->state == HANDED && answered(ch) != 1)
			failed(ch);
		bury(ch, status, lost);
	}
}

int64_t
pool_last(void)
{
	return children.last;
}

void
pool_each(void (*fn)(int64_t child))
{
	struct child *ch;

	for (int s = 0; s < CHILD_STATES; s++)
		TAILQ_FOREACH(ch, &children.in[s], same_state)
			fn(ch->number);
}

void
pool_poke(pid_t pid, int64_t number)
{
	static const char byte = SHARED_POKE;
	const struct child *ch = child_find(pid);

	if (ch != NULL && ch->number == number && ch->state == BUSY && ch->ctl >= 0)
		send(ch->ctl, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool
pool_is_settled(void)
{
	return children.count[HANDED] == 0;
}

void
pool_save(FILE *f)
{
	struct child *ch;

	fprintf(f, "last %lld\n", (long long)children.last);
	TAILQ_FOREACH(ch, &children.in[BUSY], same_state)
		fprintf(f, "child %d %d %lld %lld\n", (int)ch->pid, ch->ctl, (long long)ch->number, (long long)ch->born);
}

bool
pool_restore(const char *line)
{
	long long number, born;
	int pid, ctl;

	if (sscanf(line, "last %lld", &number) == 1) {
		children.last = number;
		return true;
	}
	if (sscanf(line, "child %d %d %lld %lld", &pid, &ctl, &number, &born) != 4)
		return false;
	child_inherit(pid, ctl, number, born, child_speaks);
	return true;
}

void
pool_report(void)
{
	struct child *ch;

	TAILQ_FOREACH(ch, &children.in[BUSY], same_state)
		if (ch->ctl >= 0)
			handover_say(ch->ctl, CTL_REPORT);
}

/* Retire */

static void
let_spares_go(void)
{
	struct child *ch;

	while ((ch = TAILQ_FIRST(&children.in[SPARE])) != NULL) {
		child_let_go(ch);
		child_move(ch, ENDING);
	}
}

void
pool_renew(const struct config *cf)
{
	pool.cf = *cf;
	let_spares_go();
}

void
pool_retire(void)
{
	pool.retired = true;
	let_spares_go();
}

void
pool_dismiss(struct child *ch)
{
	child_let_go(ch);
}

void
pool_drain(void)
{
	struct child *ch;

	pool_retire();
	while ((ch = TAILQ_FIRST(&children.in[HANDED])) != NULL)
		close(pool_release(ch));
	TAILQ_FOREACH(ch, &children.in[BUSY], same_state)
		child_let_go(ch);
}

void
pool_kill(void)
{
	struct child *ch;

	for (int s = 0; s < CHILD_STATES; s++)
		TAILQ_FOREACH(ch, &children.in[s], same_state)
			kill(ch->pid, SIGKILL);
}
