/* SPDX-License-Identifier: ISC */
/* check - R1 to R9 of reliability.md: what the clients were told and got, against what the
 * database has. */
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "lib/mem.h"

static PGconn *pg;

PGresult *
query(const char *sql)
{
	PGresult *r = NULL;

	for (int i = 0; i < 100; i++) {
		if (pg == NULL)
			pg = PQconnectdb("application_name=chaos");
		r = PQexec(pg, sql);
		if (PQresultStatus(r) == PGRES_TUPLES_OK)
			return r;
		if (i % 20 == 0)
			fprintf(stderr, "# checker: %s", PQerrorMessage(pg));
		PQclear(r);
		PQfinish(pg);
		pg = NULL;
		poll(NULL, 0, 300);
	}
	fprintf(stderr, "driver: the database does not answer the checker\n");
	exit(2);
}

static int64_t
num(PGresult *r, int row, int col)
{
	return strtoll(PQgetvalue(r, row, col), NULL, 10);
}

static int
user_by_id(int64_t id)
{
	for (int i = 0; i < w.n_users; i++)
		if (w.users[i].id == id)
			return i;
	return -1;
}

/* Who is to have which entries, the first and the last: by the log and not by what the server
 * has noted of it. The own leave or kick is the last one; of those who joined again only the
 * present membership counts, because the devices that were away skip the ones before. */
static const char memberships[] =
    "with moves as materialized (select conv_id, seq, kind, "
    "case kind when 'kick' then ref else sender_id end as user_id "
    "from chat.messages where kind in ('join', 'leave', 'kick')), "
    "joins as (select conv_id, user_id, max(seq) as seq from moves "
    "where kind = 'join' group by conv_id, user_id) "
    "select m.user_id, m.conv_id, "
    "case c.kind when 'direct' then 1 else coalesce(j.seq, c.last_seq + 1) end, "
    "coalesce((select min(x.seq) from moves x where x.conv_id = j.conv_id "
    "and x.user_id = j.user_id and x.seq > j.seq), c.last_seq), c.last_seq, u.name "
    "from chat.members m join chat.conversations c on c.id = m.conv_id "
    "join chat.users u on u.id = m.user_id "
    "left join joins j on j.conv_id = m.conv_id and j.user_id = m.user_id";

bool
all_arrived(char *why, size_t n)
{
	PGresult *r = query(memberships);
	bool all = true;

	why[0] = '\0';
	for (int i = 0; i < PQntuples(r) && all; i++) {
		int user = user_by_id(num(r, i, 0));

		for (int k = 0; k < w.n_clients && all; k++) {
			struct view *v;

			if (w.clients[k].user != user)
				continue;
			v = view_of(&w.clients[k], num(r, i, 1));
			for (int64_t seq = num(r, i, 2); seq <= num(r, i, 3) && all; seq++)
				if (!view_has(v, seq)) {
					all = false;
					snprintf(why, n, "(%s, %lld) at %s@%s",
					    PQgetvalue(r, i, 1), (long long)seq,
					    PQgetvalue(r, i, 5), w.clients[k].device);
				}
		}
	}
	PQclear(r);
	return all;
}

/* One entry of the database's log. */
struct row {
	int64_t conv, seq, sender;
	int64_t about; /* whose join, leave or kick it is */
	char kind;
	int text; /* -1: none of ours */
};

static struct row *rows;
static size_t n_rows;

static void
load(void)
{
	PGresult *r = query("select conv_id, seq, sender_id, kind, cid, body, case kind when "
			    "'kick' then ref else sender_id end from chat.messages order by "
			    "conv_id, seq");

	n_rows = (size_t)PQntuples(r);
	rows = calloc(n_rows + 1, sizeof(rows[0]));
	for (int i = 0; i < (int)n_rows; i++) {
		struct row *x = &rows[i];
		int user = user_by_id(num(r, i, 2));
		char *words;

		*x = (struct row){num(r, i, 0), num(r, i, 1), num(r, i, 2), num(r, i, 6),
		    PQgetvalue(r, i, 3)[0], -1};
		if (strcmp(PQgetvalue(r, i, 3), "text") != 0 || user < 0)
			continue;
		x->text = text_number(PQgetvalue(r, i, 4));
		if (x->text < 0) {
			broken(6, "(%lld, %lld) has the cid %s, which nobody chose",
			    (long long)x->conv, (long long)x->seq, PQgetvalue(r, i, 4));
			continue;
		}
		words = text_words(x->text);
		if (strcmp(words, PQgetvalue(r, i, 5)) != 0)
			broken(6, "(%lld, %lld) has other words than %s", (long long)x->conv,
			    (long long)x->seq, PQgetvalue(r, i, 4));
		if (w.clients[w.texts[x->text].client].user != user)
			broken(6, "(%lld, %lld) is stored as said by user %lld, who did not",
			    (long long)x->conv, (long long)x->seq, (long long)x->sender);
		free(words);
	}
	PQclear(r);
}

static void
check_kicks(void)
{
	for (int i = w.n_users; i < w.n_targets; i++) {
		const struct target *t = &w.targets[i];
		int64_t by = w.users[w.clients[t->owner].user].id,
			who = t->wanderer < 0 ? 0 : w.users[w.clients[t->wanderer].user].id;
		long n = 0;

		for (size_t m = 0; m < n_rows; m++) {
			if (rows[m].kind != 'k' || rows[m].conv != t->conv)
				continue;
			n++;
			if (rows[m].sender != by || rows[m].about != who)
				broken(6, "(%lld, %lld) is a kick that nobody asked for",
				    (long long)t->conv, (long long)rows[m].seq);
		}
		if (n < t->kicks)
			broken(1,
			    "%ld kicks from %s were acknowledged, %ld are in the database",
			    t->kicks, t->name, n);
		if (n > t->kicks + t->kicks_unknown)
			broken(9, "%s has %ld kicks, with %ld acknowledged and %ld unknown",
			    t->name, n, t->kicks, t->kicks_unknown);
		w.kicks += n;
	}
}

/* An attempt that was never answered may be stored after a later one was refused, if its
 * sender has become a member again by then. */
static bool
joined_between(int64_t after, const struct row *x)
{
	const int64_t who = x->sender;

	while (x > rows && x[-1].conv == x->conv && x[-1].seq > after)
		if ((--x)->kind == 'j' && x->about == who)
			return true;
	return false;
}

static void
check_texts(void)
{
	int *times = mem_alloc((w.n_texts + 1) * sizeof(int));
	struct row **at = mem_alloc((w.n_texts + 1) * sizeof(*at));
	long resolved = 0;

	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].text >= 0) {
			times[rows[i].text]++;
			at[rows[i].text] = &rows[i];
		}
	for (int i = 0; i < (int)w.n_texts; i++) {
		struct text *t = &w.texts[i];

		if (t->state == OK && times[i] == 0)
			broken(1,
			    "text %d was acknowledged as (%lld, %lld) and is not in the "
			    "database",
			    i, (long long)t->conv, (long long)t->seq);
		else if (t->state == OK && (at[i]->conv != t->conv || at[i]->seq != t->seq))
			broken(1,
			    "text %d was acknowledged as (%lld, %lld) and is (%lld, %lld)", i,
			    (long long)t->conv, (long long)t->seq, (long long)at[i]->conv,
			    (long long)at[i]->seq);
		if (t->state == REFUSED && times[i] != 0 &&
		    !(t->unknown && joined_between(t->refused_at, at[i])))
			broken(9, "text %d was refused and is in the database%s", i,
			    t->unknown ? " (an earlier attempt was never answered)" : "");
		if (times[i] > 1)
			broken(9, "text %d is in the database %d times", i, times[i]);
		if (t->state == INVOKED)
			broken(9, "text %d was never answered, and is in the database %d times",
			    i, times[i]);
		if (t->unknown && t->state != INVOKED)
			resolved++;
		if (t->state == OK && t->floor >= t->seq)
			broken(5, "text %d got %lld, though its sender had %lld before asking",
			    i, (long long)t->seq, (long long)t->floor);
	}
	printf("%s R1 %ld acknowledged texts are in the database with their number\n",
	    w.broken[1] ? "not ok" : "ok", w.oks);
	printf("%s R5 each sender's order is kept\n", w.broken[5] ? "not ok" : "ok");
	printf("%s R9 %ld unknown outcomes came out as one row each, or none if refused\n",
	    w.broken[9] ? "not ok" : "ok", resolved);
	free(times);
	free(at);
}

static bool
is_row(PGresult *r, int64_t user, int64_t conv)
{
	for (int i = 0; i < PQntuples(r); i++)
		if (num(r, i, 0) == user && num(r, i, 1) == conv)
			return true;
	return false;
}

/* What a device has of conversations its user never belonged to. */
static void
check_strangers(void)
{
	PGresult *r = query("select user_id, conv_id from chat.members");

	for (int k = 0; k < w.n_clients; k++) {
		const struct client *c = &w.clients[k];

		for (size_t i = 0; i < c->n_views; i++) {
			const struct view *v = &c->views[i];
			int64_t first = 0, n = 0;

			for (int64_t seq = 1; (size_t)seq < v->cap; seq++)
				if (view_has(v, seq) && n++ == 0)
					first = seq;
			if (n > 0 && !is_row(r, w.users[c->user].id, v->conv))
				broken(6,
				    "%s, who never belonged to it, got %lld entries of %lld, "
				    "the first is %lld",
				    name_of(c), (long long)n, (long long)v->conv,
				    (long long)first);
		}
	}
	PQclear(r);
}

static void
check_reach(void)
{
	PGresult *r = query(memberships);
	long long arrived = 0;

	for (int i = 0; i < PQntuples(r); i++) {
		int64_t conv = num(r, i, 1), user_id = num(r, i, 0);
		int user = user_by_id(user_id);
		size_t begin = 0, end;

		while (begin < n_rows && rows[begin].conv < conv)
			begin++;
		for (end = begin; end < n_rows && rows[end].conv == conv; end++)
			;
		for (int k = 0; k < w.n_clients; k++) {
			struct view *v;
			bool in = false, group = false;
			long missing = 0;

			if (w.clients[k].user != user)
				continue;
			v = view_of(&w.clients[k], conv);
			for (int64_t seq = num(r, i, 2); seq <= num(r, i, 3); seq++)
				if (view_has(v, seq))
					arrived++;
				else if (missing++ < 2)
					broken(2, "(%lld, %lld) did not reach %s@%s",
					    (long long)conv, (long long)seq,
					    PQgetvalue(r, i, 5), w.clients[k].device);
			if (missing > 2)
				w.broken[2] += missing - 2;
			for (size_t m = begin; m < end; m++) {
				group = group || rows[m].kind == 'j';
				if (rows[m].kind == 'j' && rows[m].about == user_id)
					in = true;
				if (group && !in && view_has(v, rows[m].seq))
					broken(6,
					    "(%lld, %lld) reached %s@%s, who was not a member",
					    (long long)conv, (long long)rows[m].seq,
					    PQgetvalue(r, i, 5), w.clients[k].device);
				if ((rows[m].kind == 'l' || rows[m].kind == 'k') &&
				    rows[m].about == user_id)
					in = false;
			}
			for (int64_t seq = num(r, i, 4) + 1; (size_t)seq < v->cap; seq++)
				if (view_has(v, seq))
					broken(6,
					    "%s@%s got (%lld, %lld), which is not in the "
					    "database",
					    PQgetvalue(r, i, 5), w.clients[k].device,
					    (long long)conv, (long long)seq);
		}
	}
	PQclear(r);
	check_strangers();
	printf("%s R2 %lld entries reached the devices they are for\n",
	    w.broken[2] ? "not ok" : "ok", arrived);
	printf("%s R3 (conversation, number) means one text to all who see it\n",
	    w.broken[3] ? "not ok" : "ok");
	printf("%s R4 every connection got its %ld events in order and without holes\n",
	    w.broken[4] ? "not ok" : "ok", w.events);
	printf("%s R6 nothing came that nobody said, or to whom it is not for\n",
	    w.broken[6] ? "not ok" : "ok");
}

static void
check_invariants(void)
{
	PGresult *r = query("select what, conv_id, detail from chat.invariants");

	for (int i = 0; i < PQntuples(r); i++)
		broken(7, "%s: conversation %s, %s", PQgetvalue(r, i, 0), PQgetvalue(r, i, 1),
		    PQgetvalue(r, i, 2));
	printf("%s R7 no invariant is violated\n", PQntuples(r) ? "not ok" : "ok");
	PQclear(r);
}

void
check_all(void)
{
	load();
	check_kicks();
	check_texts();
	check_reach();
	check_invariants();
	fflush(stdout);
}

void
check_sessions(bool nobody_left)
{
	int64_t end = now_ms() + 25000, begun = now_ms();
	long rows_there = -1, backends = -1;
	char why[200] = "";
	int want = nobody_left ? 0 : w.n_clients;
	char sql[500];

	/* Others may be logged in too. */
	snprintf(sql, sizeof(sql),
	    "with mine as (select name ~ '^%s-' as mine from chat.session_list) "
	    "select (select count(*) from mine where mine), (select count(*) from "
	    "pg_stat_activity "
	    "where application_name ~ '^chatd/' and application_name !~ 'keeper') - "
	    "(select count(*) from mine where not mine)",
	    w.o.prefix);

	for (;;) {
		PGresult *r = query(sql);

		rows_there = num(r, 0, 0);
		backends = num(r, 0, 1);
		PQclear(r);
		if (rows_there == want && (!nobody_left || backends <= w.o.pool) &&
		    masters_at_rest(why, sizeof(why), nobody_left))
			break;
		if (now_ms() > end) {
			broken(8, "%s: %ld session rows, %ld backends, %s",
			    nobody_left ? "all have left" : "all are in", rows_there, backends,
			    why);
			break;
		}
		poll(NULL, 0, 200);
	}
	if (nobody_left)
		printf("%s R8 %s left %.1f s after the last client\n",
		    w.broken[8] ? "not ok" : "ok",
		    w.o.masters.n > 0
			? "no zombie, no stale session, no backend or descriptor"
			: "no stale session and no backend (no --master: zombies and "
			  "descriptors are not looked at)",
		    (double)(now_ms() - begun) / 1000);
}
