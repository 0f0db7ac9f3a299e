/* SPDX-License-Identifier: ISC */
#include "master/config.h"

#include <json-c/json_c_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bus/check.h"
#include "db/db.h"
#include "front/dialect.h"
#include "handlers/password.h"
#include "lib/mem.h"

enum kind { TEXT, NUMBER, SECONDS, LISTEN, PROXY, WORD, COMMAND };

struct option_row {
	const char *flag; /* without -- */
	enum kind kind;
	size_t at; /* offset in struct config */
	long min, max;
	const char *words; /* WORD: what is allowed, separated by spaces; COMMAND: its number */
	const char *value, *help;
};

#define AT(field) offsetof(struct config, field)

#define LISTEN_AT "HOST:PORT|unix:PATH[,proxy][,dialect=NAME|FILE]"

/* The order is that of --help and of the manual's SYNOPSIS. */
static const struct option_row rows[] = {
    {"listen", LISTEN, 0, 0, 0, NULL, LISTEN_AT, "where clients connect; repeatable; port 0: any free one; proxy: through proxies that say whose connection it is; dialect: as --dialect, for this one (127.0.0.1:5001)"},
    {"node", TEXT, AT(node.name), 0, 0, NULL, "NAME", "this node's name, its own in the cluster (the host's name)"},
    {"db", TEXT, AT(node.db), 0, 0, NULL, "CONNINFO", "PostgreSQL, in any form libpq takes (dbname=chat user=chatd)"},
    {"redis", TEXT, AT(redis), 0, 0, NULL, "URL", "redis://[[user]:password@]host[:port] or unix:PATH (redis://127.0.0.1:6379)"},
    {"spare", NUMBER, AT(spare), 1, 1000, NULL, "N", "children kept ready ahead of need (8)"},
    {"max-sessions", NUMBER, AT(max_sessions), 1, 1000000, NULL, "N", "with so many logged in the listener closes until there is room (10000)"},
    {"waiting-room", NUMBER, AT(waiting_room), 1, 1000000, NULL, "N", "connections that are not logged in; beyond it the address with most of them loses its oldest silent one (8192)"},
    {"newcomers", NUMBER, AT(newcomers), 1, 10000, NULL, "N", "how many of them are answered at a time, the others wait (8 for each core)"},
    {"login-wait", SECONDS, AT(login_wait), 1, 3600, NULL, "S", "who would have to wait longer than so many seconds is sent away at once (60)"},
    {"silent-timeout", SECONDS, AT(silent_timeout), 1, 86400, NULL, "S", "seconds after which a connection that has said nothing is closed (600)"},
    {"proxy-from", PROXY, 0, 0, 0, NULL, "CIDR|unix", "where proxies connect from that send PROXY headers (v1, v2), to listeners marked proxy, or to all if none is; repeatable"},
    {"login-timeout", SECONDS, AT(node.login_timeout), 1, 3600, NULL, "S", "seconds to log in, from the first word on (10)"},
    {"drain-timeout", SECONDS, AT(drain_timeout), 0, 3600, NULL, "S", "seconds that SIGTERM waits for sessions to end (10)"},
    {"start-timeout", SECONDS, AT(start_timeout), 1, 3600, NULL, "S", "seconds to wait for PostgreSQL and Redis at start (30)"},
    {"db-idle", SECONDS, AT(node.db_idle), 0, 86400, NULL, "S", "give a session's database connection back after so many idle seconds; 0: keep (0)"},
    {"db-prepare", WORD, AT(node.db_prepare), 0, 0, "auto off", "auto|off", "prepare what PostgreSQL is asked often; auto: where no pooler is between (auto)"},
    {"registration", WORD, AT(registration), 0, 0, "open invite closed", "open|invite|closed", "sets, for all nodes, who may register (as it was; at first open)"},
    {"strangers", WORD, AT(strangers), 0, 0, "allow deny", "allow|deny", "sets, for all nodes, whether people may write to whose list they are not on (as it was; at first allow)"},
    {"dialect", TEXT, AT(dialect), 0, 0, NULL, "NAME|FILE", "what numbered clients speak; a, b, c: until they show another of these; see chatd-dialects(7) (c)"},
    {"ready-fd", NUMBER, AT(ready_fd), 3, 1000000, NULL, "N", "descriptor that gets one line per listener, HOST:PORT, when all is ready"},
    {"log-level", WORD, AT(log_level), 0, 0, "error warn info debug", "error|warn|info|debug", "how much to say on stderr (info)"},
    {"migrate", COMMAND, AT(command), CMD_MIGRATE, 0, NULL, NULL, "bring the database to this program's schema, then exit"},
    {"hash-passwords", COMMAND, AT(command), CMD_HASH, 0, NULL, NULL, "print, for each line of standard input, its hash as the database keeps it, then exit"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
usage(FILE *to)
{
	fprintf(to, "usage: chatd");
	for (size_t i = 0; i < ROWS; i++)
		fprintf(to, rows[i].value != NULL ? " [--%s %s]" : " [--%s]", rows[i].flag, rows[i].value);
	fprintf(to, " [-t] [--version] [--help] [HOST PORT]\n");
}

static void
help(void)
{
	usage(stdout);
	printf("\nA node of a cluster chat server. Each option is also read from the environment,\n"
	       "as CHATD_ and its name in capitals; the flag wins. Defaults in parentheses.\n\n");
	for (size_t i = 0; i < ROWS; i++)
		printf("  --%s%s%s\n\t%s\n", rows[i].flag, rows[i].value != NULL ? " " : "",
		    rows[i].value != NULL ? rows[i].value : "", rows[i].help);
	printf("  -t\n\tcheck the settings, PostgreSQL, its schema and Redis, then exit\n"
	       "  --version\n\tthis program's version and those of its libraries\n"
	       "\nExit status: 0 after a drain, 64 usage, 69 PostgreSQL or Redis not reachable,\n"
	       "71 operating system, 78 configuration or schema.\n");
	exit(0);
}

static void
version(void)
{
	printf("chatd %s\nlibpq %d.%d\nhiredis %s\njson-c %s\nlibsodium %s\n", CHATD_VERSION,
	    db_library_version() / 10000, db_library_version() % 10000, bus_library_version(),
	    json_c_version(), password_library_version());
	exit(0);
}

static void bad(const char *where, const char *flag, const char *why) __attribute__((noreturn));
static void
bad(const char *where, const char *flag, const char *why)
{
	fprintf(stderr, "chatd: %s%s: %s\n", where, flag, why);
	usage(stderr);
	exit(EX_USAGE);
}

static bool
is_word(const char *words, const char *s)
{
	size_t n = strlen(s);

	for (const char *w = words; *w != '\0'; w += strspn(w, " ")) {
		size_t len = strcspn(w, " ");

		if (len == n && strncmp(w, s, n) == 0)
			return true;
		w += len;
	}
	return false;
}

static long
config_number(const struct option_row *r, const char *value, const char *where)
{
	char why[80], *end;
	long n = strtol(value, &end, 10);

	if (*value == '\0' || *end != '\0' || n < r->min || n > r->max) {
		snprintf(why, sizeof(why), "a number from %ld to %ld is wanted", r->min, r->max);
		bad(where, r->flag, why);
	}
	return n;
}

/* What stands behind the commas: [,proxy][,dialect=NAME]. NULL, or what is wrong with it. */
static const char *
listen_option(struct listen_at *l, const char *word)
{
	if (strcmp(word, "proxy") == 0)
		l->proxy = true;
	else if (strncmp(word, "dialect=", 8) == 0 && word[8] != '\0')
		l->dialect = word + 8;
	else
		return LISTEN_AT " is wanted";
	return NULL;
}

/* Listeners of one source replace those of a weaker one. */
static void
add_listener(struct config *cf, const char *where, const char *value)
{
	static const char *source = "";
	struct listen_at l = {0};
	const char *why;
	char *word;

	if (strcmp(source, where) != 0) {
		source = where;
		cf->listeners = 0;
	}
	if (cf->listeners == LISTENERS)
		bad(where, "listen", "too many");
	word = mem_strdup(value);
	l.at = strsep(&word, ",");
	if (strncmp(l.at, "unix:", 5) != 0 && strrchr(l.at, ':') == NULL)
		bad(where, "listen", LISTEN_AT " is wanted");
	while (word != NULL)
		if ((why = listen_option(&l, strsep(&word, ","))) != NULL)
			bad(where, "listen", why);
	cf->listen[cf->listeners++] = l;
}

static void
set(struct config *cf, const struct option_row *r, const char *value, const char *where)
{
	char *field = (char *)cf + r->at;

	switch (r->kind) {
	case TEXT:
		if (*value == '\0')
			bad(where, r->flag, "it is empty");
		memcpy(field, &value, sizeof(value));
		break;
	case NUMBER: {
		int n = (int)config_number(r, value, where);

		memcpy(field, &n, sizeof(n));
		break;
	}
	case SECONDS: {
		int64_t ms = config_number(r, value, where) * 1000;

		memcpy(field, &ms, sizeof(ms));
		break;
	}
	case LISTEN:
		add_listener(cf, where, value);
		break;
	case PROXY:
		if (cf->proxies == PROXIES || !address_block_parse(value, &cf->proxy_from[cf->proxies++]))
			bad(where, r->flag, "an address, ADDRESS/BITS or unix is wanted");
		break;
	case WORD:
		if (!is_word(r->words, value))
			bad(where, r->flag, r->value);
		if (r->at == AT(log_level))
			log_level_parse(value, &cf->log_level);
		else
			memcpy(field, &value, sizeof(value));
		break;
	case COMMAND:
		cf->command = (enum command)r->min;
		break;
	}
}

static void
from_environment(struct config *cf)
{
	for (size_t i = 0; i < ROWS; i++) {
		char name[64] = "CHATD_";
		const char *value;
		size_t n = 6;

		for (const char *f = rows[i].flag; *f != '\0'; f++)
			name[n++] = (char)(*f == '-' ? '_' : *f - 'a' + 'A');
		name[n] = '\0';
		if (rows[i].kind != COMMAND && (value = getenv(name)) != NULL)
			set(cf, &rows[i], value, "CHATD_");
	}
}

/* One argument that begins with --; returns how many more it used up. */
static int
long_option(struct config *cf, const char *arg, const char *next)
{
	size_t n = strcspn(arg, "=");

	if (strcmp(arg, "help") == 0)
		help();
	if (strcmp(arg, "version") == 0)
		version();
	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *r = &rows[i];

		if (strlen(r->flag) != n || strncmp(r->flag, arg, n) != 0)
			continue;
		if (r->kind == COMMAND) {
			set(cf, r, "", "--");
			return 0;
		}
		if (arg[n] == '=') {
			set(cf, r, arg + n + 1, "--");
			return 0;
		}
		if (next == NULL)
			bad("--", r->flag, "its value is missing");
		set(cf, r, next, "--");
		return 1;
	}
	bad("--", arg, "no such option");
}

static void
from_flags(struct config *cf, int argc, char **argv)
{
	const char *rest[2];
	int n = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-t") == 0)
			cf->command = CMD_TEST;
		else if (strcmp(argv[i], "-h") == 0)
			help();
		else if (strncmp(argv[i], "--", 2) == 0)
			i += long_option(cf, argv[i] + 2, argv[i + 1]);
		else if (argv[i][0] == '-' || n == 2)
			bad("", argv[i], "not understood");
		else
			rest[n++] = argv[i];
	}
	if (n == 1)
		bad("", rest[0], "HOST and PORT are wanted together");
	if (n == 2) {
		static char both[300];

		snprintf(both, sizeof(both), "%s:%s", rest[0], rest[1]);
		add_listener(cf, "--", both);
	}
}

/* title_init() will overwrite argv and the environment: the strings that count get memory of their own, for good. */
static void
keep_strings(struct config *cf)
{
	for (size_t i = 0; i < ROWS; i++) {
		char *field = (char *)cf + rows[i].at;
		const char *s;

		if ((rows[i].kind != TEXT && rows[i].kind != WORD) || rows[i].at == AT(log_level))
			continue;
		memcpy(&s, field, sizeof(s));
		if (s == NULL)
			continue;
		s = mem_strdup(s);
		memcpy(field, &s, sizeof(s));
	}
}

static void
load_dialects(struct config *cf)
{
	char why[400];

	for (char letter = 'a'; letter <= 'c'; letter++) /* those that show themselves, on any listener */
		dialect_of(letter);
	for (int i = 0; i < cf->listeners; i++) {
		struct listen_at *l = &cf->listen[i];

		l->speaks = dialect_load(l->dialect != NULL ? l->dialect : cf->dialect, why, sizeof(why));
		if (l->speaks != NULL)
			continue;
		if (strpbrk(l->dialect != NULL ? l->dialect : cf->dialect, "./") == NULL)
			bad("", "dialect", why);
		fprintf(stderr, "chatd: dialect: %s\n", why);
		exit(EX_CONFIG);
	}
}

void
config_load(struct config *cf, int argc, char **argv)
{
	static char host[65];
	const char *why;

	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	*cf = (struct config){
	    .listen = {{.at = "127.0.0.1:5001"}},
	    .listeners = 1,
	    .node = {.name = host[0] != '\0' ? host : "chatd", .db = "dbname=chat user=chatd", .login_timeout = 10000,
	        .db_prepare = "auto"},
	    .dialect = "c",
	    .redis = "redis://127.0.0.1:6379",
	    .spare = 8,
	    .max_sessions = 10000,
	    .waiting_room = 8192,
	    .newcomers = 8 * (int)sysconf(_SC_NPROCESSORS_ONLN),
	    .login_wait = 60000,
	    .silent_timeout = 600000,
	    .drain_timeout = 10000,
	    .start_timeout = 30000,
	    .ready_fd = -1,
	    .log_level = LOG_INFO,
	};
	from_environment(cf);
	from_flags(cf, argc, argv);
	why = bus_url_parse(cf->redis, &cf->node.bus);
	if (why != NULL)
		bad("--", "redis", why);
	if (strlen(cf->node.name) > 64 || strpbrk(cf->node.name, " \t\n/") != NULL)
		bad("--", "node", "at most 64 characters without blanks or slashes");
	keep_strings(cf);
	load_dialects(cf);
}
