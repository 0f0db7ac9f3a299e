/* SPDX-License-Identifier: ISC */
#include "client/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/options.h"
#include "client/js.h"

static void
export(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		complain("cannot set %s: %s", name, strerror(errno));
}

static void
run_export(struct json_object *message)
{
	char number[24];

	export("CHAT_FROM", js_str(js_get(message, "from"), "name"));
	export("CHAT_GROUP", js_str(js_get(message, "group"), "name"));
	export("CHAT_KIND", js_str(message, "kind"));
	export("CHAT_TEXT", js_str(message, "text"));
	snprintf(number, sizeof(number), "%lld", (long long)js_int(message, "conv"));
	export("CHAT_CONV", number);
	snprintf(number, sizeof(number), "%lld", (long long)js_int(message, "seq"));
	export("CHAT_SEQ", number);
}

static void
run_child(const char *command)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void
run_beside(const char *command, struct json_object *message)
{
	pid_t child;

	if (command == NULL)
		return;
	run_export(message);
	/* Twice: the grandchild is init's to reap. */
	child = fork();
	if (child == 0) {
		if (fork() == 0)
			run_child(command);
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

/* A handler, unlike SIG_IGN, is not inherited by the command. */
static void
ignore_pipe(int sig)
{
	(void)sig;
}

bool
run_for(const char *command, struct json_object *message, const char *line)
{
	FILE *p;
	int status;

	run_export(message);
	signal(SIGPIPE, ignore_pipe);
	p = popen(command, "we");
	if (p == NULL) {
		complain("cannot run %s: %s", command, strerror(errno));
		return false;
	}
	/* Past stdio: a command that does not read must not make pclose fail. See ignore_pipe(). */
	dprintf(fileno(p), "%s\n", line);
	status = pclose(p);
	if (status == 0)
		return true;
	complain("%s failed; the message stays unacknowledged", command);
	return false;
}
