/* SPDX-License-Identifier: ISC */
#include "client/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/utf8.h"

#define DEFAULT_SERVER "127.0.0.1:7000"

void
complain(const char *fmt, ...)
{
	struct buf safe = {0};
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_adds(&safe, "chat: ");
	utf8_safe(&safe, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
	fprintf(stderr, "%s\n", buf_str(&safe));
	buf_free(&safe);
}

static const char **
setting(struct options *o, const char *name)
{
	const struct {
		const char *name;
		const char **value;
	} settings[] = {
		{"server", &o->server},
		{"user", &o->user},
		{"device", &o->device},
		{"password_command", &o->password_command},
		{"notify_command", &o->notify_command},
		{"highlight", &o->highlight},
		{"bell", &o->bell},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (strcmp(settings[i].name, name) == 0)
			return settings[i].value;
	return NULL;
}

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		s[--n] = '\0';
	return s;
}

static int
take_setting(struct options *o, char *line)
{
	char *name = trim(line), *eq = strchr(name, '=');
	const char **value;

	if (*name == '\0' || *name == '#')
		return 0;
	if (eq == NULL)
		return -1;
	*eq = '\0';
	value = setting(o, trim(name));
	if (value == NULL)
		return -1;
	if (*value == NULL)
		*value = mem_strdup(trim(eq + 1)); /* lives as long as the process */
	return 0;
}

static FILE *
open_file(struct buf *path)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg != NULL && *xdg == '/')
		buf_addf(path, "%s/chat/config", xdg);
	else if (home != NULL)
		buf_addf(path, "%s/.config/chat/config", home);
	else
		return NULL;
	return fopen(buf_str(path), "re");
}

static void
from_environment(const char **value, const char *name)
{
	const char *v = getenv(name);

	if (*value == NULL && v != NULL && *v != '\0')
		*value = v;
}

int
options_complete(struct options *o)
{
	struct buf path = {0};
	FILE *f = open_file(&path);
	char *line = NULL;
	size_t cap = 0;
	int rc = 0, number = 0;

	from_environment(&o->server, "CHAT_SERVER");
	from_environment(&o->user, "CHAT_USER");
	from_environment(&o->device, "CHAT_DEVICE");
	while (rc == 0 && f != NULL && getline(&line, &cap, f) != -1) {
		number++;
		rc = take_setting(o, line);
	}
	if (rc < 0)
		complain("%s, line %d: not one of server, user, device, password_command, "
		         "notify_command = VALUE",
		    buf_str(&path), number);
	if (f != NULL)
		fclose(f);
	free(line);
	buf_free(&path);
	if (o->server == NULL)
		o->server = DEFAULT_SERVER;
	return rc;
}
