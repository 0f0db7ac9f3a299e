/* SPDX-License-Identifier: ISC */
#include "master/config.h"

#include <assert.h>
#include <json-c/json_c_version.h>
#include <stdio.h>
#include <string.h>

#include "bus/check.h"
#include "db/db.h"
#include "handlers/password.h"

#define AT(field) offsetof(struct config, field)

/* The order is that of --help and of the manual's SYNOPSIS. */
const struct option_row config_rows[] = {
    {"listen", LISTEN, 0, 0, 0, NULL, LISTEN_AT, "where clients connect; repeatable; port 0: any free one; proxy: through proxies that say whose connection it is; dialect: as --dialect, for this one (127.0.0.1:5001)"},
    {"node", TEXT, AT(node.name), 0, 0, NULL, "NAME", "this node's name, its own in the cluster (the host's name)"},
    {"db", TEXT, AT(node.db), 0, 0, NULL, "CONNINFO", "PostgreSQL, in any form libpq takes (dbname=chat user=chatd)"},
    {"redis", TEXT, AT(redis), 0, 0, NULL, "URL", "redis://[[user]:password@]host[:port] or unix:PATH (redis://127.0.0.1:6379)"},
    {"spare", NUMBER, AT(spare), 1, 1000, NULL, "N", "children kept ready ahead of need (8)"},
    {"max-sessions", NUMBER, AT(max_sessions), 1, 1000000, NULL, "N", "with so many logged in the listener closes until there is room (10000)"},
    {"waiting-room", NUMBER, AT(waiting_room), 1, 1000000, NULL, "N", "connections that are not logged in; beyond it the address with most of them loses one, a silent one first (8192)"},
    {"newcomers", NUMBER, AT(newcomers), 1, 10000, NULL, "N", "how many of them are answered at a time, the others wait (8 for each core)"},
    {"login-wait", SECONDS, AT(login_wait), 1, 3600, NULL, "S", "who would have to wait longer than so many seconds is sent away at once (60)"},
    {"silent-timeout", SECONDS, AT(silent_timeout), 1, 86400, NULL, "S", "seconds after which a connection that has said nothing is closed (600)"},
    {"proxy-from", PROXY, 0, 0, 0, NULL, "CIDR|unix", "where proxies connect from that send PROXY headers (v1, v2), to listeners marked proxy, or to all if none is; repeatable; at the other listeners they may say it by X-Forwarded-For"},
    {"web", WORD, AT(web.word), 0, 0, "on off", "on|off", "show browsers the chat, and let them in by WebSocket (on)"},
    {"web-origin", ORIGIN, 0, 0, 0, NULL, "ORIGIN", "pages from there may connect, too: https://chat.example; repeatable"},
    {"login-timeout", SECONDS, AT(node.login_timeout), 1, 3600, NULL, "S", "seconds to log in, from the first word on (10)"},
    {"drain-timeout", SECONDS, AT(drain_timeout), 0, 3600, NULL, "S", "seconds that SIGTERM waits for sessions to end (10)"},
    {"start-timeout", SECONDS, AT(start_timeout), 1, 3600, NULL, "S", "seconds to wait for PostgreSQL and Redis at start (30)"},
    {"db-idle", SECONDS, AT(node.db_idle), 0, 86400, NULL, "S", "give a session's database connection back after so many idle seconds; 0: keep (0)"},
    {"db-prepare", WORD, AT(node.db_prepare), 0, 0, "auto off", "auto|off", "prepare what PostgreSQL is asked often; auto: where no pooler is between (auto)"},
    {"registration", WORD, AT(registration), 0, 0, "open invite closed", "open|invite|closed", "sets, for all nodes, who may register (as it was; at first open)"},
    {"strangers", WORD, AT(strangers), 0, 0, "allow deny", "allow|deny", "sets, for all nodes, whether people may write to whose list they are not on (as it was; at first allow)"},
    {"dialect", TEXT, AT(dialect), 0, 0, NULL, "NAME|FILE", "what numbered clients speak; a, b, c: until they show another of these; see chatd-dialects(7) (c)"},
    {"user", TEXT, AT(user), 0, 0, NULL, "USER[:GROUP]", "who to be, where started as root; it needs to reach PostgreSQL and Redis (as started)"},
    {"sandbox", WORD, AT(sandbox), 0, 0, "on off", "on|off", "off: no seccomp, no Landlock, for who wants to look into it with a debugger (on)"},
    {"metrics", TEXT, AT(metrics), 0, 0, NULL, "HOST:PORT|unix:PATH", "where /metrics (for Prometheus), /healthz and /readyz answer by HTTP (nowhere)"},
    {"ready-fd", NUMBER, AT(ready_fd), 3, 1000000, NULL, "N", "descriptor that gets one line per listener, HOST:PORT, when all is ready"},
    {"log-level", WORD, AT(log_level), 0, 0, "error warn info debug", "error|warn|info|debug", "how much to say on stderr (info)"},
    {"print-config", COMMAND, AT(command), CMD_PRINT, 0, NULL, NULL, "print every option's value and where it came from, without passwords, then exit"},
    {"migrate", COMMAND, AT(command), CMD_MIGRATE, 0, NULL, NULL, "bring the database to this program's schema, then exit"},
    {"hash-passwords", COMMAND, AT(command), CMD_HASH, 0, NULL, NULL, "print, for each line of standard input, its hash as the database keeps it, then exit"},
};

const size_t config_count = sizeof(config_rows) / sizeof(config_rows[0]);
static_assert(sizeof(config_rows) / sizeof(config_rows[0]) <= OPTIONS, "too many options");

void
config_usage(FILE *to)
{
	fprintf(to, "usage: chatd");
	for (size_t i = 0; i < config_count; i++)
		fprintf(to, config_rows[i].value != NULL ? " [--%s %s]" : " [--%s]", config_rows[i].flag, config_rows[i].value);
	fprintf(to, " [-t] [--version] [--help] [HOST PORT]\n");
}

void
config_help(void)
{
	config_usage(stdout);
	printf("\nA node of a cluster chat server. Each option is also read from the environment, as\n"
	       "CHATD_ and its name in capitals, or from the file that CHATD_…_FILE names; the flag\n"
	       "wins. Defaults in parentheses.\n\n");
	for (size_t i = 0; i < config_count; i++)
		printf("  --%s%s%s\n\t%s\n", config_rows[i].flag, config_rows[i].value != NULL ? " " : "",
		    config_rows[i].value != NULL ? config_rows[i].value : "", config_rows[i].help);
	printf("  -t\n\tcheck the settings, PostgreSQL, its schema and Redis, then exit\n"
	       "  --version\n\tthis program's version and those of its libraries\n"
	       "\nExit status: 0 after a drain, 64 usage, 69 PostgreSQL or Redis not reachable,\n"
	       "71 operating system, 78 configuration or schema.\n");
}

void
config_version(void)
{
	printf("chatd %s\nlibpq %d.%d\nhiredis %s\njson-c %s\nlibsodium %s\n", CHATD_VERSION,
	    db_library_version() / 10000, db_library_version() % 10000, bus_library_version(),
	    json_c_version(), password_library_version());
}

enum proxy_kind
config_proxy(const struct config *cf, int listener, const struct address *from)
{
	bool marked = false, trusted = false;

	for (int i = 0; i < cf->listeners; i++)
		marked = marked || cf->listen[i].proxy;
	for (int i = 0; i < cf->proxies; i++)
		trusted = trusted || address_in_block(from, &cf->proxy_from[i]);
	if (!trusted)
		return PROXY_NONE;
	return marked && !cf->listen[listener].proxy ? PROXY_FORWARDS : PROXY_HEADS;
}
