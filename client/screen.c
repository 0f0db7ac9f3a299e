/* SPDX-License-Identifier: ISC */
#include "client/screen.h"

#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/input.h"

static struct edit_hooks hooks;
static bool editing, colour, utf8, ended;

void
screen_open(const struct edit_hooks *h)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
	bool capable = term != NULL && strcmp(term, "dumb") != 0 && *term != '\0';

	hooks = *h;
	editing = editor != NULL && capable && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
	colour = capable && isatty(STDOUT_FILENO) == 1 && (none == NULL || *none == '\0');
	utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (editing)
		editor->open(&hooks);
}

void
screen_close(void)
{
	if (editing)
		editor->close();
	fflush(stdout);
}

bool
screen_edits(void)
{
	return editing;
}

bool
screen_ready(void)
{
	return !editing && !ended && input_ready();
}

void
screen_read(void)
{
	char *line;

	if (editing) {
		editor->read();
		return;
	}
	if (!input_ready())
		input_fill();
	if (ended || !input_ready())
		return;
	line = input_line();
	ended = line == NULL;
	hooks.line(hooks.arg, line);
	free(line);
}

const char *
screen_typed(void)
{
	return editing ? editor->typed() : "";
}

bool
screen_forget(void)
{
	return editing && editor->forget();
}

void
screen_resized(void)
{
	if (editing)
		editor->resized();
}

void
screen_suspend(void)
{
	if (editing)
		editor->suspend();
	else
		kill(getpid(), SIGSTOP);
}

void
screen_print(const struct buf *lines)
{
	if (buf_len(lines) == 0)
		return;
	if (editing)
		editor->hide();
	fwrite(buf_data(lines), 1, buf_len(lines), stdout);
	fflush(stdout);
}

void
screen_prompt(const char *text)
{
	if (editing)
		editor->prompt(text);
}

void
screen_history(const char *file)
{
	if (editing)
		editor->history(file);
}

void
screen_settle(void)
{
	if (editing)
		editor->show();
}

const char *
screen_style(enum style style)
{
	static const char *const codes[] = {"\033[0m", "\033[2m", "\033[1m", "\033[33m"};

	return colour ? codes[style] : "";
}

const char *
screen_name_style(const char *name)
{
	static const char *const codes[] = {"\033[1;36m", "\033[1;32m", "\033[1;35m", "\033[1;34m", "\033[1;31m", "\033[1;33m"};
	unsigned hash = 5381;

	for (; *name != '\0'; name++)
		hash = hash * 33 + (unsigned char)*name;
	return colour ? codes[hash % (sizeof(codes) / sizeof(*codes))] : "";
}

char *
screen_password(const char *prompt, bool is_new)
{
	char *password;

	if (editing)
		editor->close();
	password = password_get(NULL, prompt, is_new);
	if (editing)
		editor->open(&hooks);
	return password;
}

void
screen_clear(void)
{
	if (!editing)
		return;
	editor->hide();
	fputs("\033[H\033[2J", stdout);
	fflush(stdout);
}

void
screen_bell(void)
{
	if (editing)
		fputc('\a', stdout);
}

const char *
screen_sign(const char *u, const char *ascii)
{
	return utf8 ? u : ascii;
}
