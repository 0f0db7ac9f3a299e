/* SPDX-License-Identifier: ISC */
#include "master/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/title.h"
#include "master/handover.h"
#include "session/shared.h"

#define ANSWER_MS 1000
#define YOUNG_MS 1000
#define BUCKETS 4096 /* by pid */

enum state { SPARE, HANDED, BUSY, STATES };

struct child {
	int64_t number;
	pid_t pid;
	int ctl; /* -1: let go */
	enum state state;
	int client;     /* HANDED: our copy of its socket, else -1 */
	bool second;    /* HANDED: another child failed with this client already */
	int64_t due;    /* HANDED: answer awaited until */
	int64_t born;
	LIST_ENTRY(child) same_bucket;
	TAILQ_ENTRY(child) same_state;
};

TAILQ_HEAD(children, child);

static struct {
	struct config cf; /* a copy: a child's descriptors differ */
	pool_fn *serve;
	LIST_HEAD(, child) by_pid[BUCKETS];
	struct children in[STATES];
	int count[STATES];
	int64_t last_number;
	struct backoff backoff;
	int64_t spawn_at;
	bool retired;
} pool = {.backoff = {.min = 100, .max = 5000}};

void
pool_init(const struct config *cf, pool_fn *serve)
{
	pool.cf = *cf;
	pool.serve = serve;
	for (int s = 0; s < STATES; s++)
		TAILQ_INIT(&pool.in[s]);
}

int
pool_spares(void)
{
	return pool.count[SPARE];
}

int
pool_sessions(void)
{
	return pool.count[HANDED] + pool.count[BUSY];
}

int
pool_children(void)
{
	return pool_spares() + pool_sessions();
}

/* Children by pid and by state */

static void
enter(struct child *ch, enum state state)
{
	ch->state = state;
	TAILQ_INSERT_TAIL(&pool.in[state], ch, same_state);
	pool.count[state]++;
}

static void
leave(struct child *ch)
{
	TAILQ_REMOVE(&pool.in[ch->state], ch, same_state);
	pool.count[ch->state]--;
}

static void
pool_add(pid_t pid, int ctl)
{
	struct child *ch = mem_alloc(sizeof(*ch));

	*ch = (struct child){.number = pool.last_number, .pid = pid, .ctl = ctl, .client = -1, .born = clock_ms()};
	LIST_INSERT_HEAD(&pool.by_pid[pid % BUCKETS], ch, same_bucket);
	enter(ch, SPARE);
}

static struct child *
pool_find(pid_t pid)
{
	struct child *ch;

	LIST_FOREACH(ch, &pool.by_pid[pid % BUCKETS], same_bucket)
		if (ch->pid == pid)
			return ch;
	return NULL;
}

/* Spawn */

static void
slow_down(void)
{
	pool.spawn_at = clock_ms() + backoff_failed(&pool.backoff);
}

static void
end_spare(int sig)
{
	(void)sig;
	_exit(0);
}

/* A spare has nobody to say goodbye to, so SIGTERM simply ends it; from when it takes a client on it is held back. */
static int
child_main(int ctl)
{
	struct pollfd p = {.fd = ctl, .events = POLLIN};
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
	while (ppoll(&p, 1, NULL, &none) < 0)
		;
	client = handover_take(ctl);
	return client >= 0 ? pool.serve(&pool.cf.node, ctl, client, pool.last_number) : 0;
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
	pool.last_number++;
	pid = fork();
	if (pid < 0) {
		log_error("spawn_failed", "why=%s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return false;
	}
	if (pid == 0)
		exit(child_main(handover_keep(pair[1], &pool.cf.node.hash_lock)));
	close(pair[1]);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	pool_add(pid, pair[0]);
	return true;
}

void
pool_spawn(void)
{
	if (pool.retired || clock_ms() < pool.spawn_at)
		return;
	while (pool_spares() < pool.cf.spare && pool_children() < pool.cf.max_sessions)
		if (!spawn_one()) {
			slow_down();
			return;
		}
}

/* Hand over */

static void
hand_over(int client, bool second)
{
	struct child *ch;

	TAILQ_FOREACH(ch, &pool.in[SPARE], same_state)
		if (ch->ctl >= 0)
			break;
	if (ch == NULL) {
		log_warn("no_spare", "");
		close(client);
		return;
	}
	leave(ch);
	enter(ch, HANDED);
	ch->client = client;
	ch->second = second;
	ch->due = handover_send(ch->ctl, client) ? clock_ms() + ANSWER_MS : 0;
}

void
pool_hand_over(int client)
{
	hand_over(client, false);
}

/* The answer came, or the child is of no use: our copy of the client is not needed here any more. */
static int
pool_release(struct child *ch)
{
	int client = ch->client;

	ch->client = -1;
	leave(ch);
	enter(ch, BUSY);
	return client;
}

/* The child will not serve its client: another may. The child itself is dead, or killed by the caller. */
static void
failed(struct child *ch)
{
	bool again = !ch->second;
	int client = pool_release(ch);

	log_warn("child_failed", "child=%lld pid=%d", (long long)ch->number, (int)ch->pid);
	if (!again) {
		close(client);
		return;
	}
	if (pool_spares() == 0 && !spawn_one())
		slow_down();
	hand_over(client, true);
}

size_t
pool_awaited(void)
{
	return (size_t)pool.count[HANDED];
}

size_t
pool_poll(struct pollfd *p, size_t n, size_t max)
{
	struct child *ch;

	TAILQ_FOREACH(ch, &pool.in[HANDED], same_state)
		if (n < max)
			p[n++] = (struct pollfd){.fd = ch->ctl, .events = POLLIN};
	return n;
}

/* Whether the child has said that it has its client; -1: it has gone. */
static int
answered(struct child *ch)
{
	int said = handover_answer(ch->ctl);

	if (said == 1) {
		close(pool_release(ch));
		backoff_reset(&pool.backoff);
	}
	return said;
}

void
pool_answers(void)
{
	int64_t now = clock_ms();
	struct child *ch = TAILQ_FIRST(&pool.in[HANDED]), *next;

	for (; ch != NULL; ch = next) {
		int said;

		next = TAILQ_NEXT(ch, same_state);
		if ((said = answered(ch)) == 1 || (said == 0 && now < ch->due))
			continue;
		kill(ch->pid, SIGKILL); /* not reaped yet, so the pid is still its own */
		failed(ch);
	}
}

int64_t
pool_due(void)
{
	bool wanted = pool_spares() < pool.cf.spare && pool_children() < pool.cf.max_sessions && !pool.retired;
	int64_t due = wanted ? pool.spawn_at : CLOCK_NEVER;
	struct child *ch;

	TAILQ_FOREACH(ch, &pool.in[HANDED], same_state)
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
		if (!pool.retired && clock_ms() - ch->born < YOUNG_MS)
			slow_down();
		if (!clean)
			log_warn("spare_died", "child=%lld pid=%d status=%d", (long long)ch->number, (int)ch->pid, status);
	} else {
		if (!clean)
			lost(ch->number);
		if (WIFSIGNALED(status))
			log_warn("session_died", "child=%lld pid=%d signal=%d", (long long)ch->number, (int)ch->pid, WTERMSIG(status));
	}
	if (ch->ctl >= 0)
		close(ch->ctl);
	leave(ch);
	LIST_REMOVE(ch, same_bucket);
	free(ch);
}

void
pool_reap(void (*lost)(int64_t child), void (*other)(int pid, int status))
{
	int status;
	pid_t pid;

	/* One signal may stand for many deaths. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *ch = pool_find(pid);

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
	return pool.last_number;
}

void
pool_each(void (*fn)(int64_t child))
{
	struct child *ch;

	for (int s = 0; s < STATES; s++)
		TAILQ_FOREACH(ch, &pool.in[s], same_state)
			fn(ch->number);
}

void
pool_poke(pid_t pid, int64_t number)
{
	static const char byte = SHARED_POKE;
	const struct child *ch = pool_find(pid);

	if (ch != NULL && ch->number == number && ch->state == BUSY && ch->ctl >= 0)
		send(ch->ctl, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Retire */

static void
let_go(struct child *ch)
{
	if (ch->ctl >= 0)
		close(ch->ctl);
	ch->ctl = -1;
}

void
pool_retire(void)
{
	struct child *ch;

	pool.retired = true;
	TAILQ_FOREACH(ch, &pool.in[SPARE], same_state)
		let_go(ch);
}

void
pool_drain(void)
{
	struct child *ch;

	pool_retire();
	while ((ch = TAILQ_FIRST(&pool.in[HANDED])) != NULL)
		close(pool_release(ch));
	TAILQ_FOREACH(ch, &pool.in[BUSY], same_state)
		let_go(ch);
}

void
pool_kill(void)
{
	struct child *ch;

	for (int s = 0; s < STATES; s++)
		TAILQ_FOREACH(ch, &pool.in[s], same_state)
			kill(ch->pid, SIGKILL);
}
