/* SPDX-License-Identifier: ISC */
#include "client/password.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "client/chat.h"
#include "client/input.h"
#include "lib/mem.h"

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
	FILE *p = popen(command, "re");
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

/* Echo stays off only while the line is read; a signal that ends us must not leave it off. */
static char *
from_terminal(const char *prompt)
{
	struct termios before, quiet;
	char *line = NULL;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return NULL;
	quiet = before;
	quiet.c_lflag &= (tcflag_t) ~(ECHO | ISIG);
	fprintf(stderr, "%s: ", prompt);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	line = input_line();
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fprintf(stderr, "\n");
	if (line != NULL && strchr(line, 3) != NULL) { /* ^C */
		password_forget(line);
		exit(130);
	}
	return line;
}

char *
password_get(const char *command, const char *prompt, bool is_new)
{
	char *password, *again;
	bool same;

	if (command != NULL)
		return from_command(command);
	if (!isatty(STDIN_FILENO)) {
		password = input_line();
		if (password == NULL)
			complain("no password on standard input");
		return password;
	}
	password = from_terminal(prompt);
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
