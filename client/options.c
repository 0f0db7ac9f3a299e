/* SPDX-License-Identifier: ISC */
#include "client/options.h"

#include <stdarg.h>
#include <stddef.h>
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

bool
waits_are_over(const struct options *o, const char *ev)
{
	bool over = true;

	for (struct wait *w = o->waits; w != NULL && w->ev != NULL; w++) {
		if (ev != NULL && strcmp(w->ev, ev) == 0 && w->n > 0)
			w->n--;
		over = over && w->n == 0;
	}
	return over;
}

static const struct setting {
	const char *name, *what;
	size_t at; /* in struct options: a const char * */
} settings[] = {
	{"server", "HOST:PORT of the server; port 7000 if not said", offsetof(struct options, server)},
	{"user", "who you are, if you have several accounts there", offsetof(struct options, user)},
	{"device", "the name of this machine for the server; made up if not said", offsetof(struct options, device)},
	{"tls", "yes: only with TLS; no: without; not said: as it was when you logged in", offsetof(struct options, use_tls)},
	{"tls_ca", "a file of certificates to trust instead of those of the system", offsetof(struct options, tls.ca)},
	{"plain", "yes: passwords and messages may cross a network for everybody to read", offsetof(struct options, plain)},
	{"password_command", "a command that prints the password", offsetof(struct options, password_command)},
	{"notify_command", "run for a message to you, or that names you: CHAT_FROM, CHAT_TEXT and more are set",
	    offsetof(struct options, notify_command)},
	{"highlight", "words, with commas between, that concern you as your name does", offsetof(struct options, highlight)},
	{"bell", "no: no sound for a message to you", offsetof(struct options, bell)},
	{"typing", "no: nobody sees that you are typing", offsetof(struct options, typing)},
};

#define SETTINGS (sizeof(settings) / sizeof(*settings))

static const char **
value_of(struct options *o, const struct setting *s)
{
	return (const char **)((char *)o + s->at);
}

void
options_print(struct options *o)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value = *value_of(o, &settings[i]);

		printf("# %s\n%s%s = %s\n\n", settings[i].what, value == NULL ? "#" : "", settings[i].name,
		    value != NULL ? value : "");
	}
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
	const char **value = NULL;

	if (*name == '\0' || *name == '#')
		return 0;
	if (eq == NULL)
		return -1;
	*eq = '\0';
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].name, trim(name)) == 0)
			value = value_of(o, &settings[i]);
	if (value != NULL && *value == NULL)
		*value = *trim(eq + 1) != '\0' ? mem_strdup(trim(eq + 1)) : NULL; /* lives as long as the process */
	return value != NULL ? 0 : -1;
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
		complain("%s, line %d: that is no setting; chat --print-config shows them", buf_str(&path), number);
	if (f != NULL)
		fclose(f);
	free(line);
	buf_free(&path);
	if (o->server == NULL)
		o->server = DEFAULT_SERVER;
	return rc;
}
