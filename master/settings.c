/* SPDX-License-Identifier: ISC */
#include "master/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "db/conninfo.h"
#include "front/dialect.h"
#include "lib/mem.h"
#include "lib/near.h"
#include "master/assign.h"
#include "master/inherit.h"
#include "master/sandbox.h"
#include "master/value.h"

#define PREFIX "CHATD_"
#define NAME_MAX_BYTES 80
#define FILE_MAX_BYTES 4096

/* What listeners are opened with, sessions already have, or PostgreSQL was told at the start. */
static const char *const constant[] = {"listen", "node", "proxy-from", "web", "web-origin", "dialect", "start-timeout", "ready-fd", "metrics", "registration",
    "strangers", NULL};

static char **arguments;

static bool
is_constant(const char *flag)
{
	for (const char *const *c = constant; *c != NULL; c++)
		if (strcmp(*c, flag) == 0)
			return true;
	return false;
}

/* Flags */

static bool
set_flag(struct config *cf, const struct option_row *r, const char *value)
{
	char from[NAME_MAX_BYTES];

	snprintf(from, sizeof(from), "--%s", r->flag);
	if (value == NULL)
		return assign_wrong(EX_USAGE, "%s: its value is missing", from);
	return assign(cf, r, value, from);
}

static const struct option_row *
find(const char *flag, size_t n)
{
	for (size_t i = 0; i < config_count; i++)
		if (strlen(config_rows[i].flag) == n && strncmp(config_rows[i].flag, flag, n) == 0)
			return &config_rows[i];
	return NULL;
}

static const char *
nearest(const char *flag)
{
	const char *best = config_rows[0].flag;

	for (size_t i = 1; i < config_count; i++)
		if (near_distance(config_rows[i].flag, flag) < near_distance(best, flag))
			best = config_rows[i].flag;
	return best;
}

/* One argument, without its --. *used: how many more it took. */
static bool
long_option(struct config *cf, const char *arg, const char *next, int *used)
{
	size_t n = strcspn(arg, "=");
	const struct option_row *r = find(arg, n);

	if (r == NULL)
		return assign_wrong(EX_USAGE, "--%.*s: there is no such option; the nearest is --%s", (int)n, arg, nearest(arg));
	if (r->kind == COMMAND)
		return arg[n] == '=' ? assign_wrong(EX_USAGE, "--%s: it takes no value", r->flag) : set_flag(cf, r, "");
	if (arg[n] == '=')
		return set_flag(cf, r, arg + n + 1);
	*used = next != NULL;
	return set_flag(cf, r, next);
}

static bool
from_flags(struct config *cf, char **argv)
{
	char at[300] = "";

	for (char **a = argv + 1; *a != NULL; a++) {
		int used = 0;

		if (strcmp(*a, "-t") == 0)
			cf->command = CMD_TEST;
		else if (strncmp(*a, "--", 2) == 0) {
			if (!long_option(cf, *a + 2, a[1], &used))
				return false;
			a += used;
		} else if ((*a)[0] == '-' || at[0] != '\0')
			return assign_wrong(EX_USAGE, "\"%s\" is not understood; chatd --help shows the options", *a);
		else if (a[1] == NULL || a[1][0] == '-')
			return assign_wrong(EX_USAGE, "HOST and PORT are wanted together, and there is only \"%s\"", *a);
		else {
			snprintf(at, sizeof(at), "%s:%s", a[0], a[1]);
			a++;
		}
	}
	return at[0] == '\0' || long_option(cf, "listen", at, &(int){0});
}

/* The environment */

static void
name_of(const struct option_row *r, char name[NAME_MAX_BYTES])
{
	size_t n = strlen(PREFIX);

	memcpy(name, PREFIX, n);
	for (const char *f = r->flag; *f != '\0'; f++)
		name[n++] = (char)(*f == '-' ? '_' : *f - 'a' + 'A');
	name[n] = '\0';
}

/* What is in the file but for its last newlines. Caller frees. NULL: it is wrong. */
static char *
read_file(const char *name, const char *path)
{
	char *text = mem_alloc(FILE_MAX_BYTES + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, FILE_MAX_BYTES + 1) : -1;

	if (n < 0)
		assign_wrong(EX_CONFIG, "%s: %s: %s", name, path, strerror(errno));
	else if (n > FILE_MAX_BYTES)
		assign_wrong(EX_CONFIG, "%s: %s has more than %d bytes", name, path, FILE_MAX_BYTES);
	if (fd >= 0)
		close(fd);
	if (n < 0 || n > FILE_MAX_BYTES) {
		free(text);
		return NULL;
	}
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return text;
}

static bool
from_file(struct config *cf, const struct option_row *r, const char *name, const char *path)
{
	char *text = read_file(name, path), from[NAME_MAX_BYTES + FILENAME_MAX];
	bool ok;

	snprintf(from, sizeof(from), "%s=%s", name, path);
	ok = text != NULL && assign(cf, r, text, from);
	free(text);
	return ok;
}

static bool
from_environment(struct config *cf)
{
	for (size_t i = 0; i < config_count; i++) {
		const struct option_row *r = &config_rows[i];
		char name[NAME_MAX_BYTES], file[NAME_MAX_BYTES + 5];
		const char *value, *path;

		if (r->kind == COMMAND)
			continue;
		name_of(r, name);
		snprintf(file, sizeof(file), "%s_FILE", name);
		value = getenv(name);
		path = getenv(file);
		if (value != NULL && path != NULL)
			return assign_wrong(EX_USAGE, "%s and %s are both set", name, file);
		if ((value != NULL && !assign(cf, r, value, name)) || (path != NULL && !from_file(cf, r, file, path)))
			return false;
	}
	return true;
}

void
settings_unknown(void)
{
	for (char **e = environ; *e != NULL; e++) {
		char name[NAME_MAX_BYTES], wanted[NAME_MAX_BYTES], flag[NAME_MAX_BYTES];
		size_t n = strcspn(*e, "="), at = 0;
		const struct option_row *r;

		if (strncmp(*e, PREFIX, strlen(PREFIX)) != 0 || n >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)n, *e);
		if (n > 5 && strcmp(name + n - 5, "_FILE") == 0)
			name[n - 5] = '\0';
		for (const char *c = name + strlen(PREFIX); *c != '\0'; c++)
			flag[at++] = (char)(*c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : '_');
		flag[at] = '\0';
		r = find(flag, at);
		if (r != NULL && r->kind != COMMAND)
			continue;
		name_of(find(nearest(flag), strlen(nearest(flag))), wanted);
		log_warn("unknown_setting", "name=%s nearest=%s", name, wanted);
	}
}

/* All of it */

static bool
load_dialects(struct config *cf)
{
	char why[300];

	for (const char *letter = "abc"; *letter != '\0'; letter++) /* those that show themselves, on any listener */
		dialect_of(*letter);
	for (int i = 0; i < cf->listeners; i++) {
		struct listen_at *l = &cf->listen[i];
		const char *name = l->dialect != NULL ? l->dialect : cf->dialect;

		l->speaks = dialect_load(name, why, sizeof(why));
		if (l->speaks == NULL)
			return assign_wrong(strpbrk(name, "./") == NULL ? EX_USAGE : EX_CONFIG, "dialect: %s", why);
	}
	return true;
}

static bool
look_through(struct config *cf)
{
	const char *why = bus_url_parse(cf->redis, &cf->node.bus);
	char reason[200];

	if (why != NULL)
		return assign_wrong(EX_USAGE, "--redis: %s", why);
	if (!conninfo_is_right(cf->node.db, reason, sizeof(reason)))
		return assign_wrong(EX_USAGE, "--db: %s", reason);
	if (strlen(cf->node.name) > 64 || strpbrk(cf->node.name, " \t\n/") != NULL)
		return assign_wrong(EX_USAGE, "--node: at most 64 characters without blanks or slashes are wanted, not \"%s\"", cf->node.name);
	return load_dialects(cf);
}

static const char *
host_name(void)
{
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	return assign_keep(host[0] != '\0' ? host : "chatd");
}

static bool
load(struct config *cf)
{
	*cf = (struct config){
	    .listen = {{.at = "127.0.0.1:5001"}},
	    .listeners = 1,
	    .node = {.name = host_name(), .db = "dbname=chat user=chatd", .login_timeout = 10000, .db_prepare = "auto"},
	    .dialect = "c",
	    .web = {.word = "on"},
	    .redis = "redis://127.0.0.1:6379",
	    .spare = 8,
	    .max_sessions = 10000,
	    .waiting_room = 8192,
	    .newcomers = 8 * (int)sysconf(_SC_NPROCESSORS_ONLN),
	    .login_wait = 60000,
	    .silent_timeout = 600000,
	    .drain_timeout = 10000,
	    .start_timeout = 30000,
	    .sandbox = SANDBOX_DEFAULT,
	    .ready_fd = -1,
	    .state_fd = -1,
	    .hashing_fd = -1,
	    .dialing_fd = -1,
	    .asking_fd = -1,
	    .log_level = LOG_INFO,
	};
	if (!from_environment(cf) || !from_flags(cf, arguments))
		return false;
	if (!inherit_listeners(cf, settings_given(cf, "listen")))
		return assign_wrong(EX_USAGE, "LISTEN_FDS: more than %d listeners", LISTENERS);
	return look_through(cf);
}

void
settings_load(struct config *cf, int argc, char **argv)
{
	int state = -1, n = 0;
	bool check = false;

	arguments = mem_alloc(((size_t)argc + 1) * sizeof(arguments[0]));
	for (int i = 0; i < argc; i++) {
		/* Of a predecessor; not for anybody else. */
		if (sscanf(argv[i], "--successor=%d", &state) == 1)
			continue;
		if (sscanf(argv[i], "--successor-check=%d", &state) == 1) {
			check = true;
			continue;
		}
		arguments[n++] = mem_strdup(argv[i]);
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			config_help();
			exit(0);
		}
		if (strcmp(argv[i], "--version") == 0) {
			config_version();
			exit(0);
		}
	}
	if (load(cf)) {
		cf->state_fd = state;
		if (check)
			cf->command = CMD_CHECK;
		return;
	}
	fprintf(stderr, "chatd: %s.\n", assign_problem);
	exit(assign_status);
}

void
settings_again(struct config *cf)
{
	struct config new;
	char before[VALUE_TEXT], after[VALUE_TEXT];

	if (!load(&new)) {
		log_error("reread", "why=%s", assign_problem);
		return;
	}
	for (size_t i = 0; i < config_count; i++) {
		const struct option_row *r = &config_rows[i];

		value_text(cf, r, before);
		value_text(&new, r, after);
		if (r->kind == COMMAND || strcmp(before, after) == 0)
			continue;
		value_masked(&new, r, after);
		if (is_constant(r->flag)) {
			log_warn("reread", "option=%s value=%s why=%s", r->flag, after, "that takes a restart");
			continue;
		}
		value_copy(cf, &new, r);
		log_init(cf->log_level);
		log_info("reread", "option=%s value=%s", r->flag, after);
	}
	cf->node.bus = new.node.bus;
}

void
settings_print(const struct config *cf)
{
	char text[VALUE_TEXT];

	for (size_t i = 0; i < config_count; i++) {
		const struct option_row *r = &config_rows[i];

		if (r->kind == COMMAND)
			continue;
		value_masked(cf, r, text);
		printf("%s=%s\t# %s\n", r->flag, text, cf->from[i] != NULL ? cf->from[i] : "default");
	}
}

bool
settings_given(const struct config *cf, const char *flag)
{
	return cf->from[find(flag, strlen(flag)) - config_rows] != NULL;
}

char *const *
settings_argv(void)
{
	return arguments;
}
