/* SPDX-License-Identifier: ISC */
/*
 * interleave - every order in which up to three transactions of three steps (begin,
 * one call of a chat function, commit) can meet; a step that has to wait for a lock is
 * finished later, as in life. After each order no invariant may be broken, no error may
 * have come that is not a refusal of ours, and what a call answered must be there.
 *
 * Connects to where the PG* environment says. Prints TAP.
 */
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scenario {
	const char *name;
	const char *
	    before; /* beside the group of which owner (1), alice (2) and bob (3) are members */
	const char *call[3];
	const char *after; /* must give true */
};

#define SEND(user, text, cid)                                                           \
	"select 'sent ' || first_seq || ' ' || coalesce(states[1] || ',' || seqs[1], '') from chat.send(" user \
	", 0, :g, null, null, true, array['" cid "'], array['" text "'])"
#define TO(user, peer, text, cid)                                                       \
	"select 'sent ' || first_seq || ' ' || coalesce(states[1] || ',' || seqs[1], '') from chat.send(" user \
	", 0, null, null, " peer ", false, array['" cid "'], array['" text "'])"
/* The direct conversation is the second one. */
#define QUICKLY(user, text, cid) \
	"select 'sent ' || seq from chat.send_direct(" user ", 0, 2, '" cid "', '" text "')"

static const struct scenario scenarios[] = {
    {"two send, one leaves", "",
	{SEND("2", "a", "a"), "select chat.group_leave(2, null, :g)", SEND("3", "b", "b")},
	"select count(*) filter (where sender_id = 3 and kind = 'text') = 1 from "
	"chat.messages"},
    {"the same text twice, and another", "",
	{SEND("2", "a", "a"), SEND("2", "a", "a"), SEND("3", "b", "b")},
	"select count(*) = 2 and max(seq) = 5 from chat.messages where kind = 'text'"},
    {"one cid for two texts", "",
	{SEND("2", "a", "a"), SEND("2", "b", "a"), SEND("2", "c", "c")},
	"select count(*) = 2 and max(seq) = 5 from chat.messages where kind = 'text'"},
    {"both write first, and again", "",
	{TO("2", "3", "a", "a"), TO("3", "2", "b", "b"), TO("2", "3", "a", "a")},
	"select count(*) = 2 and count(distinct conv_id) = 1 and max(seq) = 2 from "
	"chat.messages where kind = 'text'"},
    {"quickly the same text twice, and another", "select chat.send(2, 0, null, null, 3, false, '{x}', '{x}')",
	{QUICKLY("2", "a", "a"), QUICKLY("2", "a", "a"), QUICKLY("3", "b", "b")},
	"select count(*) = 3 and max(seq) = 3 from chat.messages where kind = 'text'"},
    {"a member speaks and is kicked, another reads", "",
	{SEND("2", "a", "a"), "select chat.group_kick(1, null, :g, null, 2)",
	    "select chat.read(3, :g, 4)"},
	"select count(*) filter (where kind = 'kick') = 1 from chat.messages"},
    {"somebody joins, speaks, another acknowledges", "select chat.group_leave(2, null, :g)",
	{"select chat.group_join(2, null, :g)", SEND("2", "a", "a"),
	    "select chat.ack(3, array[:g]::bigint[], array[1000]::bigint[])"},
	"select count(*) = 2 from chat.messages where kind = 'join' and sender_id = 2"},
    {"two join at once, one speaks",
	"select chat.group_leave(2, null, :g), chat.group_leave(3, null, :g)",
	{"select chat.group_join(2, null, :g)", "select chat.group_join(2, null, :g)",
	    "select chat.group_join(3, null, :g)"},
	"select count(*) = 2 from chat.messages where kind = 'join' and sender_id = 2"},
    {"everybody leaves", "",
	{"select chat.group_leave(1, null, :g)", "select chat.group_leave(2, null, :g)",
	    "select chat.group_leave(3, null, :g)"},
	"select count(*) >= 2 from chat.messages where kind = 'leave'"},
    {"the creator hands over to one who leaves", "",
	{"select chat.group_role(1, null, :g, null, 2, 'creator')",
	    "select chat.group_leave(2, null, :g)", SEND("2", "a", "a")},
	"select true"},
    {"acknowledged on and back", "",
	{"select chat.ack(2, array[:g]::bigint[], array[3]::bigint[])",
	    "select chat.ack(2, array[:g]::bigint[], array[2]::bigint[])", SEND("3", "b", "b")},
	"select acked_seq = 3 from chat.cursors where device_id = 2"},
};

static struct session {
	PGconn *pg;
	int pid;
	int done; /* steps given to the server */
	int due;  /* steps whose turn has come */
	bool busy;
	char answer[100];
} s[3];
static PGconn *monitor;
static char said[400];

static char *
ask(const char *sql)
{
	static char value[400];
	PGresult *r = PQexec(monitor, sql);

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK) {
		fprintf(stderr, "# %s: %s", sql, PQerrorMessage(monitor));
		exit(2);
	}
	snprintf(value, sizeof(value), "%s", PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	return value;
}

/* Takes what has come from the server; waits for ms. */
static void
hear(struct session *x, int ms)
{
	struct pollfd p = {.fd = PQsocket(x->pg), .events = POLLIN};
	PGresult *r;

	while (x->busy) {
		if (PQisBusy(x->pg)) {
			if (poll(&p, 1, ms) == 0)
				return;
			PQconsumeInput(x->pg);
			continue;
		}
		if ((r = PQgetResult(x->pg)) == NULL) {
			x->busy = false;
		} else {
			const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

			if (state != NULL && strncmp(state, "CH", 2) != 0 &&
			    strcmp(state, "25P02") != 0)
				snprintf(said, sizeof(said), "%.200s", PQresultErrorMessage(r));
			if (x->done == 2)
				snprintf(x->answer, sizeof(x->answer), "%s",
				    state != NULL      ? state
				    : PQntuples(r) > 0 ? PQgetvalue(r, 0, 0)
						       : "");
			PQclear(r);
		}
	}
}

static void
go_on(const char *const call[3][3])
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (int i = 0; i < 3; i++) {
			hear(&s[i], 0);
			if (s[i].busy || s[i].done >= s[i].due)
				continue;
			PQsendQuery(s[i].pg, call[i][s[i].done++]);
			s[i].busy = true;
			for (int k = 0; k < 400 && s[i].busy;
			     k++) { /* until it is answered, or known to wait for a lock */
				char sql[100];

				hear(&s[i], k < 2 ? 2 : 5);
				if (!s[i].busy)
					break;
				snprintf(sql, sizeof(sql),
				    "select cardinality(pg_blocking_pids(%d))", s[i].pid);
				if (strcmp(ask(sql), "0") != 0)
					break;
			}
			moved = true;
		}
	}
}

/* order: 9 digits of 0, 1, 2. */
static bool
play(const struct scenario *sc, const char *order)
{
	char text[3][600] = {{0}}, sql[700], g[32];
	const char *call[3][3];

	ask("delete from chat.messages; delete from chat.cursors; delete from chat.members; "
	    "delete from chat.conversations");
	ask("alter sequence chat.conversations_id_seq restart");
	snprintf(g, sizeof(g), "%s",
	    ask("select id from chat.group_create(1, 'g', '', 'open', 'joined')"));
	snprintf(sql, sizeof(sql),
	    "select chat.group_join(2, null, %s), chat.group_join(3, null, %s)", g, g);
	ask(sql);
	said[0] = '\0';
	for (int i = 0; i < 4; i++) {
		const char *from = i < 3 ? sc->call[i] : sc->before;
		char *to = i < 3 ? text[i] : sql, *at;

		snprintf(to, 600, "%s", from);
		while ((at = strstr(to, ":g")) != NULL) {
			at[0] = ' ';
			at[1] = g[0]; /* one digit: identities begin anew each time */
		}
	}
	if (sql[0] != '\0')
		ask(sql);
	for (int i = 0; i < 3; i++) {
		call[i][0] = "begin";
		call[i][1] = text[i];
		call[i][2] = "commit";
		s[i].done = s[i].due = 0;
		s[i].answer[0] = '\0';
	}
	for (const char *o = order; *o != '\0'; o++) {
		s[*o - '0'].due++;
		go_on(call);
	}
	for (int k = 0; k < 2000 && (s[0].busy || s[1].busy || s[2].busy || s[0].done < 3 ||
					s[1].done < 3 || s[2].done < 3);
	     k++) {
		poll(NULL, 0, 1);
		go_on(call);
	}
	if (s[0].busy || s[1].busy || s[2].busy)
		snprintf(said, sizeof(said), "somebody waits for ever");
	if (said[0] == '\0' &&
	    ask("select what || ' ' || detail from chat.invariants limit 1")[0] != '\0')
		snprintf(said, sizeof(said), "%s",
		    ask("select what || ' ' || detail from chat.invariants limit 1"));
	if (said[0] == '\0' && strcmp(ask(sc->after), "t") != 0)
		snprintf(said, sizeof(said), "not true afterwards: %s", sc->after);
	for (int i = 0; i < 3 && said[0] == '\0'; i++) {
		long seq = strncmp(s[i].answer, "sent ", 5) == 0 ? atol(s[i].answer + 5) : 0;
		const char *each = strchr(s[i].answer + (seq > 0 ? 5 : 0), ' ');

		if (seq == 0)
			continue;
		if (each != NULL && strncmp(each, " conflict", 9) == 0)
			continue;
		if (each != NULL && strchr(each, ',') != NULL)
			seq = atol(strchr(each, ',') + 1);
		snprintf(sql, sizeof(sql),
		    "select count(*) from chat.messages where seq = %ld and kind = 'text'",
		    seq);
		if (strcmp(ask(sql), "1") != 0)
			snprintf(said, sizeof(said), "call %d was told %s, which is not there",
			    i, s[i].answer);
	}
	if (said[0] != '\0')
		fprintf(stderr, "# %s, order %s: %s (answers: %s | %s | %s)\n", sc->name, order,
		    said, s[0].answer, s[1].answer, s[2].answer);
	return said[0] == '\0';
}

static long orders, bad, seen, every = 1;

static void
all_orders(const struct scenario *sc, char *order, int n, int left[3])
{
	if (n == 9) {
		if (seen++ % every != 0)
			return;
		orders++;
		bad += !play(sc, order);
		return;
	}
	for (int i = 0; i < 3; i++)
		if (left[i] > 0) {
			left[i]--;
			order[n] = (char)('0' + i);
			all_orders(sc, order, n + 1, left);
			left[i]++;
		}
}

int
main(int argc, char **argv)
{
	size_t n = sizeof(scenarios) / sizeof(scenarios[0]);
	int red = 0, step = argc > 1 ? atoi(argv[1]) : 1; /* every so-many-th scenario only */

	every = argc > 2 ? atoi(argv[2]) : 1; /* and takes every so-many-th order */
	monitor = PQconnectdb("application_name=interleave");
	ask("set client_min_messages = warning; set synchronous_commit = off");
	for (int i = 0; i < 3; i++) {
		s[i].pg = PQconnectdb("application_name=interleave");
		s[i].pid = PQbackendPID(s[i].pg);
		PQclear(
		    PQexec(s[i].pg, "set client_min_messages = fatal; set synchronous_commit = "
				    "off; set deadlock_timeout = '5s'"));
	}
	ask("truncate chat.users, chat.devices restart identity cascade");
	ask("insert into chat.users (name, password) values ('owner', 'x'), ('alice', 'x'), "
	    "('bob', 'x')");
	ask("insert into chat.devices (user_id, name) values (1, 'd'), (2, 'd'), (3, 'd')");
	printf("1..%zu\n", (n + (size_t)step - 1) / (size_t)step);
	for (size_t i = 0, k = 1; i < n; i += (size_t)step, k++) {
		char order[10] = "";
		int left[3] = {3, 3, 3};

		orders = bad = 0;
		all_orders(&scenarios[i], order, 0, left);
		printf("%s %zu - %s: %ld orders, %ld wrong\n", bad ? "not ok" : "ok", k,
		    scenarios[i].name, orders, bad);
		fflush(stdout);
		red |= bad > 0;
	}
	return red;
}
