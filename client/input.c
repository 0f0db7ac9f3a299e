/* SPDX-License-Identifier: ISC */
#include "client/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ttydefaults.h>
#include <termios.h>
#include <unistd.h>

#include "client/options.h"
#include "lib/buf.h"
#include "lib/mem.h"

#define PASSWORD_MIN 8
#define LINE_MAX_BYTES ((size_t)1024 * 1024) /* a longer one is cut here */

static struct buf held;
static bool ended;

bool
input_ready(void)
{
	return ended || buf_len(&held) >= LINE_MAX_BYTES ||
	    (buf_len(&held) > 0 && memchr(buf_data(&held), '\n', buf_len(&held)) != NULL);
}

void
input_fill(void)
{
	ssize_t n = read(STDIN_FILENO, buf_room(&held, 4096), 4096);

	if (n > 0)
		buf_grew(&held, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		ended = true;
}

char *
input_line(void)
{
	char *line, *nl;
	size_t n, take;

	while (!input_ready())
		input_fill();
	n = take = buf_len(&held);
	if (n == 0)
		return NULL;
	nl = memchr(buf_data(&held), '\n', n);
	if (nl != NULL) {
		n = (size_t)(nl - buf_data(&held));
		take = n + 1;
	}
	line = mem_alloc(n + 1);
	memcpy(line, buf_data(&held), n);
	if (n > 0 && line[n - 1] == '\r')
		line[n - 1] = '\0';
	explicit_bzero(buf_data(&held), take); /* it may have been a password */
	buf_drop(&held, take);
	return line;
}

void
password_forget(char *password)
{
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
}

static char *
from_command(const char *command)
{
	FILE *p = popen(command, "re"); /* NOLINT(cert-env33-c): the user's own command, for the user's shell */
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (p == NULL) {
		complain("cannot run %s: %s", command, strerror(errno));
		return NULL;
	}
	n = getline(&line, &cap, p);
	if (pclose(p) != 0 || n <= 0) {
		complain("%s gave no password", command);
		password_forget(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

/* Echo stays off only while the line is read; a signal that ends us must not leave it off. NULL: ^C, which gives it up. */
static char *
from_terminal(const char *prompt)
{
	struct termios before, quiet;
	char line[1024], *password = NULL;
	ssize_t n;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return NULL;
	quiet = before;
	quiet.c_lflag &= (tcflag_t) ~(ECHO | ISIG);
	quiet.c_cc[VEOL] = CTRL('C'); /* ends the line, too */
	fprintf(stderr, "%s: ", prompt);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	while ((n = read(STDIN_FILENO, line, sizeof(line) - 1)) < 0 && errno == EINTR)
		;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fprintf(stderr, "\n");
	line[n > 0 ? n : 0] = '\0';
	if (n > 0 && strchr(line, CTRL('C')) == NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		password = mem_strdup(line);
	}
	explicit_bzero(line, sizeof(line));
	return password;
}

char *
password_get(const char *command, const char *prompt, bool is_new)
{
	char *password, *again;
	bool same;

	if (command != NULL)
		return from_command(command);
	if (isatty(STDIN_FILENO) != 1) {
		password = input_line();
		if (password == NULL)
			complain("no password on standard input");
		return password;
	}
	while ((password = from_terminal(prompt)) != NULL && is_new && strlen(password) < PASSWORD_MIN) {
		complain("that is too short: a password has at least %d characters", PASSWORD_MIN);
		password_forget(password);
	}
	if (password == NULL || !is_new)
		return password;
	again = from_terminal("the same again");
	same = again != NULL && strcmp(password, again) == 0;
	password_forget(again);
	if (same)
		return password;
	complain("these were two different passwords");
	password_forget(password);
	return NULL;
}
