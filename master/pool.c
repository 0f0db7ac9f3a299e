/* SPDX-License-Identifier: ISC */
#include "master/pool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conn.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/mutant.h"

#define ANSWER_MS 1000
#define YOUNG_MS 1000
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000

enum state { SPARE, HANDED, BUSY };

struct child {
	int64_t number;
	pid_t pid;
	int ctl;
	enum state state;
	int client;     /* HANDED: our copy of its socket, else -1 */
	bool second;    /* HANDED: another child failed with this client already */
	int64_t due;    /* HANDED: answer awaited until */
	int64_t born;
};

static struct {
	struct config cf; /* a copy: a child's descriptors differ */
	struct child *all;
	size_t n, cap;
	int spares, sessions;
	size_t awaited;
	int64_t last_number;
	int64_t backoff, spawn_at;
	bool retired;
} pool;

/* The child's side */

int
pool_take(int ctl)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *cm;
	int fd;

	if (recvmsg(ctl, &m, MSG_CMSG_CLOEXEC) <= 0)
		return -1; /* gone, or a signal told us to go */
	cm = CMSG_FIRSTHDR(&m);
	if (cm == NULL || cm->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cm), sizeof(fd));
	if (send(ctl, "t", 1, MSG_NOSIGNAL) != 1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
pool_child_fds(struct config *cf, int keep)
{
	/* Whoever holds a copy of the master's ends keeps others from seeing that it died. */
	int lock = fcntl(cf->hash_lock, F_DUPFD_CLOEXEC, 10), ctl = fcntl(keep, F_DUPFD_CLOEXEC, 10);

	if (lock < 0 || ctl < 0 || dup3(ctl, 3, O_CLOEXEC) < 0 || dup3(lock, 4, O_CLOEXEC) < 0)
		die(71, "dup", "why=%s", strerror(errno));
	close_range(5, ~0U, 0);
	cf->hash_lock = 4;
	return 3;
}

/* The master's side */

void
pool_init(const struct config *cf)
{
	pool.cf = *cf;
}

int
pool_spares(void)
{
	return pool.spares;
}

int
pool_sessions(void)
{
	return pool.sessions;
}

int
pool_children(void)
{
	return (int)pool.n;
}

static void
slow_down(void)
{
	pool.backoff = pool.backoff == 0 ? BACKOFF_MIN_MS : pool.backoff * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : pool.backoff * 2;
	pool.spawn_at = clock_ms() + pool.backoff;
}

static void
add(pid_t pid, int ctl)
{
	if (pool.n == pool.cap) {
		pool.cap = pool.cap != 0 ? pool.cap * 2 : 64;
		pool.all = mem_realloc(pool.all, pool.cap * sizeof(pool.all[0]));
	}
	pool.all[pool.n++] = (struct child){
	    .number = pool.last_number, .pid = pid, .ctl = ctl, .state = SPARE, .client = -1, .born = clock_ms()};
	pool.spares++;
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
	if (pid == 0) {
		int ctl = pool_child_fds(&pool.cf, pair[1]);

		free(pool.all);
		pool.all = NULL;
		exit(conn_main(&pool.cf, ctl, pool.last_number));
	}
	close(pair[1]);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	add(pid, pair[0]);
	return true;
}

void
pool_spawn(void)
{
	if (pool.retired || clock_ms() < pool.spawn_at)
		return;
	while (pool.spares < pool.cf.spare && pool.sessions + pool.spares < pool.cf.max_sessions)
		if (!spawn_one()) {
			slow_down();
			return;
		}
}

/* MSG_DONTWAIT: a child whose socket takes nothing is as good as dead. */
static bool
send_fd(int ctl, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.space = {0}};
	char byte = 'c';
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&m);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	return sendmsg(ctl, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

static void
give(struct child *ch, int client, bool second)
{
	ch->state = HANDED;
	ch->client = client;
	ch->second = second;
	ch->due = clock_ms() + ANSWER_MS;
	pool.spares--;
	pool.sessions++;
	pool.awaited++;
	if (!send_fd(ch->ctl, client))
		ch->due = 0;
}

static void
hand_over(int client, bool second)
{
	for (size_t i = 0; i < pool.n; i++)
		if (pool.all[i].state == SPARE && pool.all[i].ctl >= 0) {
			give(&pool.all[i], client, second);
			return;
		}
	log_warn("no_spare", "");
	close(client);
}

void
pool_hand_over(int client)
{
	hand_over(client, false);
}

/* The answer came, or the child is of no use: our copy of the client is not needed here any more. */
static int
release(struct child *ch)
{
	int client = ch->client;

	ch->client = -1;
	ch->state = BUSY;
	pool.awaited--;
	return client;
}

/* The child will not serve its client: another may. The child itself is dead, or killed by the caller. */
static void
failed(struct child *ch)
{
	bool again = !ch->second;
	int client = release(ch);

	log_warn("child_failed", "child=%lld pid=%d", (long long)ch->number, (int)ch->pid);
	if (!again) {
		close(client);
		return;
	}
	if (pool.spares == 0 && !spawn_one())
		slow_down();
	hand_over(client, true); /* may move pool.all */
}

size_t
pool_awaited(void)
{
	return pool.awaited;
}

size_t
pool_poll(struct pollfd *p, size_t n, size_t max)
{
	for (size_t i = 0; i < pool.n && n < max && pool.awaited > 0; i++)
		if (pool.all[i].state == HANDED)
			p[n++] = (struct pollfd){.fd = pool.all[i].ctl, .events = POLLIN};
	return n;
}

/* Reads the child's answer. 1: it has its client; 0: nothing yet; -1: it has gone. */
static int
answer(struct child *ch)
{
	char byte;
	ssize_t n = recv(ch->ctl, &byte, 1, MSG_DONTWAIT);

	if (n == 1) {
		close(release(ch));
		pool.backoff = 0;
		return 1;
	}
	return n < 0 && errno == EAGAIN ? 0 : -1;
}

void
pool_answers(void)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < pool.n && pool.awaited > 0; i++) {
		struct child *ch = &pool.all[i];
		int said;

		if (ch->state != HANDED || (said = answer(ch)) == 1 || (said == 0 && now < ch->due))
			continue;
		kill(ch->pid, SIGKILL); /* not reaped yet, so the pid is still its own */
		failed(ch);
	}
}

int64_t
pool_due(void)
{
	int64_t due = pool.spares < pool.cf.spare && !pool.retired ? pool.spawn_at : CLOCK_NEVER;

	if (pool.sessions + pool.spares >= pool.cf.max_sessions)
		due = CLOCK_NEVER;
	for (size_t i = 0; i < pool.n && pool.awaited > 0; i++)
		if (pool.all[i].state == HANDED && pool.all[i].due < due)
			due = pool.all[i].due;
	return due;
}

static void
buried(struct child *ch, int status, void (*lost)(int64_t child))
{
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (ch->state == SPARE) {
		pool.spares--;
		if (!pool.retired && clock_ms() - ch->born < YOUNG_MS)
			slow_down();
		if (!clean)
			log_warn("spare_died", "child=%lld pid=%d status=%d", (long long)ch->number, (int)ch->pid, status);
	} else {
		pool.sessions--;
		if (!clean)
			lost(ch->number);
		if (WIFSIGNALED(status))
			log_warn("session_died", "child=%lld pid=%d signal=%d", (long long)ch->number, (int)ch->pid, WTERMSIG(status));
	}
	if (ch->ctl >= 0)
		close(ch->ctl);
}

void
pool_reap(void (*lost)(int64_t child), void (*other)(int pid, int status))
{
	int status;
	pid_t pid;

	/* One signal may stand for many deaths. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		size_t i = 0;

		while (i < pool.n && pool.all[i].pid != pid)
			i++;
		if (i == pool.n) {
			other((int)pid, status);
			continue;
		}
		/* If it answered before it died it may have read from its client, who is lost with it. */
		if (pool.all[i].state == HANDED && answer(&pool.all[i]) != 1)
			failed(&pool.all[i]);
		buried(&pool.all[i], status, lost);
		pool.all[i] = pool.all[--pool.n];
		if (MUTANT(8))
			break;
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
	for (size_t i = 0; i < pool.n; i++)
		fn(pool.all[i].number);
}

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
	pool.retired = true;
	for (size_t i = 0; i < pool.n; i++)
		if (pool.all[i].state == SPARE)
			let_go(&pool.all[i]);
}

void
pool_drain(void)
{
	pool_retire();
	for (size_t i = 0; i < pool.n; i++) {
		if (pool.all[i].state == HANDED)
			close(release(&pool.all[i]));
		let_go(&pool.all[i]);
	}
}

void
pool_kill(void)
{
	for (size_t i = 0; i < pool.n; i++)
		kill(pool.all[i].pid, SIGKILL);
}
