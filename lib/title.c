/* SPDX-License-Identifier: ISC */
#include "lib/title.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

/* Where the kernel put argv and, right behind, the environment: ps reads from there up to the first NUL after argv's end. */
static char *area;
static size_t room;

void
title_init(int argc, char **argv)
{
	char *end = argv[0];
	static char **env; /* stays as long as the program, also when setenv() leaves it */
	size_t n = 0;

	for (int i = 0; i < argc; i++)
		if (argv[i] == end)
			end += strlen(end) + 1;
	while (environ[n] != NULL)
		n++;
	env = mem_alloc((n + 1) * sizeof(*env));
	for (size_t i = 0; i < n; i++) {
		if (environ[i] == end)
			end += strlen(end) + 1;
		env[i] = mem_strdup(environ[i]);
	}
	environ = env;
	area = argv[0];
	room = (size_t)(end - area);
}

void
title_set(const char *fmt, ...)
{
	char text[256] = "chatd: ";
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	if (room == 0)
		return;
	memset(area, 0, room);
	memcpy(area, text, strlen(text) < room ? strlen(text) : room - 1);
}
