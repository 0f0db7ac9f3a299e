/* SPDX-License-Identifier: ISC */
#include "master/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "master/keeper.h"
#include "master/listen.h"
#include "master/notify.h"
#include "master/pool.h"
#include "master/room.h"
#include "master/settings.h"
#include "session/memo.h"
#include "session/shared.h"

#define VERSION "chatd-state 1"
#define FITS "fits" /* the first word of who has checked everything: a program that does something else does not say it */
#define CHECK_MORE_MS 10000
#define KEEPER_MS 3000
#define ARG_MAX_COUNT 200

static struct {
	enum { IDLE, CHECKING, SETTLING } stage;
	pid_t pid;
	int answer; /* its stdout */
	int64_t due;
} successor = {.answer = -1};

/* The state */

/* Returns its descriptor, read from the beginning; -1: there is no memory. */
static int
write_state(const struct config *cf)
{
	int fd = memfd_create("state", 0);
	FILE *f = fd >= 0 ? fdopen(dup(fd), "w") : NULL;

	if (f == NULL)
		return -1;
	fprintf(f, "%s\nboot %s\nmemory %d %d %d %d %d\nroom %d %d\n", VERSION, cf->node.boot, shared_fd, cf->hashing_fd, cf->dialing_fd,
	    memo_fd, cf->asking_fd, cf->max_sessions, cf->waiting_room);
	listen_save(f);
	pool_save(f);
	room_save(f);
	fputs("end\n", f);
	if (fclose(f) != 0 || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Calls fn for each line from the beginning. false: it does not begin or end as it should. */
static bool
read_state(int fd, void (*fn)(void *arg, const char *line), void *arg)
{
	FILE *f = lseek(fd, 0, SEEK_SET) == 0 ? fdopen(dup(fd), "r") : NULL;
	char line[1024] = "";
	bool ok = f != NULL && fgets(line, sizeof(line), f) != NULL && strcmp(line, VERSION "\n") == 0;

	while (ok && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "end") == 0)
			break;
		fn(arg, line);
	}
	if (f != NULL)
		fclose(f);
	return ok && strcmp(line, "end") == 0;
}

static void
only_count(void *arg, const char *line)
{
	int *strange = arg;
	static const char *const words[] = {"boot ", "memory ", "room ", "listener ", "last ", "child ", "guest "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return;
	++*strange;
}

bool
successor_fits(int fd, char *why, size_t whylen)
{
	int strange = 0;

	if (!read_state(fd, only_count, &strange))
		snprintf(why, whylen, "the state of the running program is not of " VERSION);
	else if (strange > 0)
		snprintf(why, whylen, "%d lines of the running program's state mean nothing here", strange);
	else if (printf(FITS " %s\n", CHATD_VERSION) > 0 && fflush(stdout) == 0)
		return true;
	return false;
}

static void
begin(void *arg, const char *line)
{
	struct config *cf = arg;
	int sessions, waiting;

	if (sscanf(line, "boot %32s", cf->node.boot) == 1 ||
	    sscanf(line, "memory %d %d %d %d %d", &shared_fd, &cf->hashing_fd, &cf->dialing_fd, &memo_fd, &cf->asking_fd) >= 3 ||
	    listen_restore(line) ||
	    sscanf(line, "room %d %d", &sessions, &waiting) != 2)
		return;
	if (!settings_given(cf, "max-sessions"))
		cf->max_sessions = sessions;
	if (!settings_given(cf, "waiting-room"))
		cf->waiting_room = waiting;
}

void
successor_begin(struct config *cf)
{
	if (!read_state(cf->state_fd, begin, cf))
		die(EX_OSERR, "successor", "why=%s", "the state cannot be read");
	fcntl(shared_fd, F_SETFD, FD_CLOEXEC);
	fcntl(cf->hashing_fd, F_SETFD, FD_CLOEXEC);
	fcntl(cf->dialing_fd, F_SETFD, FD_CLOEXEC);
	if (memo_fd >= 0)
		fcntl(memo_fd, F_SETFD, FD_CLOEXEC);
	if (cf->asking_fd >= 0)
		fcntl(cf->asking_fd, F_SETFD, FD_CLOEXEC);
}

static void
end(void *arg, const char *line)
{
	(void)arg;
	if (!pool_restore(line))
		room_restore(line);
}

void
successor_end(const struct config *cf)
{
	read_state(cf->state_fd, end, NULL);
	close(cf->state_fd);
	log_info("succeeded", "sessions=%d waiting=%d", room_sessions(), room_people());
}

/* The program to come */

static char *program; /* its path */

/* As we were called, or where we were when we began: both lead to what lies there now. */
static void
find_program(void)
{
	static char path[4096];
	ssize_t n;

	if (program != NULL)
		return;
	program = settings_argv()[0];
	if (strchr(program, '/') != NULL)
		return;
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n > 10 && strcmp(path + n - 10, " (deleted)") == 0)
		path[n - 10] = '\0';
	if (n > 0)
		program = path;
}

/* With the same arguments, and one more. Returns if that is not possible. */
static void
become(const char *option, int fd)
{
	char last[64], *args[ARG_MAX_COUNT + 2];
	int n = 0;

	snprintf(last, sizeof(last), "%s=%d", option, fd);
	for (char *const *a = settings_argv(); *a != NULL && n < ARG_MAX_COUNT; a++)
		args[n++] = *a;
	args[n++] = last;
	args[n] = NULL;
	execv(program, args);
}

static void
check_in_child(int state, int answer)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(answer, STDOUT_FILENO) < 0 || dup2(state, 3) < 0)
		_exit(EX_OSERR);
	close_range(4, ~0U, 0);
	become("--successor-check", 3);
	dprintf(STDERR_FILENO, "chatd: %s: %s\n", program, strerror(errno));
	_exit(EX_OSERR);
}

void
successor_wanted(const struct config *cf)
{
	int state, pipes[2];

	if (successor.stage != IDLE) {
		log_warn("successor", "why=%s", "another one is being tried");
		return;
	}
	find_program();
	state = write_state(cf);
	if (state < 0 || pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0) {
		log_error("successor", "why=%s", strerror(errno));
		close(state);
		return;
	}
	successor.pid = fork();
	if (successor.pid == 0)
		check_in_child(state, pipes[1]);
	close(pipes[1]);
	close(state);
	successor.answer = pipes[0];
	successor.stage = CHECKING;
	successor.due = clock_ms() + cf->start_timeout + CHECK_MORE_MS;
	log_info("successor", "program=%s check=%d", program, (int)successor.pid);
}

bool
successor_was(int pid, int status)
{
	char text[64] = "";
	ssize_t n;

	if (successor.stage != CHECKING || pid != successor.pid)
		return false;
	n = read(successor.answer, text, sizeof(text) - 1);
	close(successor.answer);
	text[n > 0 ? (size_t)n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	successor.stage = IDLE;
	if (status != 0 || strncmp(text, FITS " ", strlen(FITS " ")) != 0) {
		log_error("successor", "program=%s status=%d why=%s", program, status,
		    status != 0 ? "it does not check; all stays as it was" : "it is no chatd; all stays as it was");
		return true;
	}
	log_info("settling", "successor=%s", text + strlen(FITS " "));
	successor.stage = SETTLING;
	successor.due = clock_ms() + KEEPER_MS;
	keeper_stop();
	return true;
}

bool
successor_settles(void)
{
	return successor.stage == SETTLING;
}

/* Every descriptor that is in the state. arg: its flags. */
static void
keep(void *arg, const char *line)
{
	int fd[4] = {-1, -1, -1, -1};

	if (sscanf(line, "listener %d", &fd[0]) != 1 && sscanf(line, "child %*d %d", &fd[0]) != 1 &&
	    sscanf(line, "guest %*c %d", &fd[0]) != 1)
		sscanf(line, "memory %d %d %d %d", &fd[0], &fd[1], &fd[2], &fd[3]);
	for (int i = 0; i < 4; i++)
		if (fd[i] >= 0)
			fcntl(fd[i], F_SETFD, *(const int *)arg);
}

static void
replace(struct config *cf)
{
	int state = write_state(cf);

	if (state < 0) {
		log_error("successor", "why=%s", strerror(errno));
		return;
	}
	notify_say("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_ms() * 1000);
	read_state(state, keep, &(int){0});
	become("--successor", state);
	log_error("successor", "program=%s why=%s", program, strerror(errno));
	read_state(state, keep, &(int){FD_CLOEXEC});
	close(state);
	notify_say("READY=1");
}

void
successor_work(struct config *cf)
{
	/* A wait that is over at once would never let the signal in that tells of their end. */
	if (successor.stage != IDLE && clock_ms() >= successor.due) {
		if (successor.stage == CHECKING)
			kill(successor.pid, SIGKILL); /* not reaped yet */
		else
			keeper_kill();
		successor.due = CLOCK_NEVER;
	}
	if (successor.stage != SETTLING)
		return;
	if (!pool_is_settled() || !keeper_is_gone())
		return;
	pool_renew(cf); /* spares would go on with the old code */
	replace(cf);
	successor.stage = IDLE;
}

void
successor_cancel(void)
{
	if (successor.stage == CHECKING) {
		kill(successor.pid, SIGKILL);
		close(successor.answer);
	}
	successor.stage = IDLE;
}

int64_t
successor_due(void)
{
	if (successor.stage == SETTLING && pool_is_settled() && keeper_is_gone())
		return 0;
	return successor.stage != IDLE ? successor.due : CLOCK_NEVER;
}
