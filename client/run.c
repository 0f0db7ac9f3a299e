/* SPDX-License-Identifier: ISC */
#include "client/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/js.h"
#include "client/options.h"

static void
export(struct json_object *message)
{
	static const char *const names[] = {"CHAT_KIND", "kind", "CHAT_TEXT", "text", "CHAT_CONV", "conv", "CHAT_SEQ", "seq"};
	struct json_object *v;

	setenv("CHAT_FROM", js_str(js_get(message, "from"), "name"), 1);
	setenv("CHAT_GROUP", js_str(js_get(message, "group"), "name"), 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i += 2)
		if ((v = js_get(message, names[i + 1])) != NULL)
			setenv(names[i], json_object_get_string(v), 1);
}

/* out: -1, ours. */
static void __attribute__((noreturn))
become(const char *command, int in, int out)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void
run_beside(const char *command, struct json_object *message)
{
	pid_t child;
	int null;

	if (command == NULL)
		return;
	export(message);
	/* Twice: the grandchild is init's to reap. */
	child = fork();
	if (child == 0) {
		null = open("/dev/null", O_RDWR);
		dup2(null, STDERR_FILENO);
		if (fork() == 0)
			become(command, null, null);
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

bool
run_for(const char *command, struct json_object *message, const char *line, struct buf *output)
{
	int in = memfd_create("message", MFD_CLOEXEC), out[2] = {-1, -1}, status = -1;
	pid_t child;
	ssize_t n;

	/* Its input is a file: a command that does not read it must not stop us, nor one that writes first. */
	if (in < 0 || dprintf(in, "%s\n", line) < 0 || lseek(in, 0, SEEK_SET) < 0 ||
	    (output != NULL && pipe2(out, O_CLOEXEC) < 0)) {
		complain("cannot run %s: %s", command, strerror(errno));
		return false;
	}
	export(message);
	child = fork();
	if (child == 0)
		become(command, in, out[1]);
	close(in);
	if (output != NULL) {
		close(out[1]);
		while ((n = read(out[0], buf_room(output, 4096), 4096)) > 0)
			buf_grew(output, (size_t)n);
		close(out[0]);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
