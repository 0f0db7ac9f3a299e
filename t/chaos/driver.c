/* SPDX-License-Identifier: ISC */
/* driver - the clients of the chaos run: they talk the native protocol and never believe that
 * anything worked before it was said. Here is the course of a run. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chaos.h"

static void
show(void)
{
	static int64_t next;
	int up = 0;

	if (now_ms() < next)
		return;
	next = now_ms() + 5000;
	for (int i = 0; i < w.n_clients; i++)
		up += w.clients[i].state == UP;
	fprintf(stderr,
	    "# %5.1f s: %d of %d up, %zu texts, %ld ok, %ld unknown, %ld sent again, %ld "
	    "events, %ld links lost\n",
	    (double)(now_ms() - w.began) / 1000, up, w.n_clients, w.n_texts, w.oks, w.unknowns,
	    w.resends, w.events, w.links_lost);
}

static int
count(bool (*is)(const struct client *))
{
	int n = 0;

	for (int i = 0; i < w.n_clients; i++)
		n += is(&w.clients[i]);
	return n;
}

static bool
is_up(const struct client *c)
{
	return c->state == UP && c->synced;
}

static bool
has_nothing_open(const struct client *c)
{
	return c->n == 0 && c->n_again == 0;
}

static bool
said_pong(const struct client *c)
{
	return c->said_pong;
}

/* Turns until is() holds for all. false: not in time. */
static bool
until_all(bool (*is)(const struct client *), double seconds)
{
	int64_t end = now_ms() + (int64_t)(seconds * 1000);

	while (count(is) < w.n_clients) {
		if (now_ms() > end)
			return false;
		turn();
		show();
	}
	return true;
}

static void
turn_for(double seconds)
{
	int64_t end = now_ms() + (int64_t)(seconds * 1000);

	while (now_ms() < end) {
		turn();
		show();
	}
}

static void
found_groups(void)
{
	for (int m = 0; m < w.o.members; m++) {
		for (int g = 0; g < w.o.groups; g++) {
			struct client *c = &w.clients[member_of(g, m)];

			if (m == 0)
				buf_addf(&c->out, "{\"op\":\"group_create\",\"name\":\"%s\"}",
				    w.targets[w.n_users + g].name);
			else
				buf_addf(&c->out, "{\"op\":\"group_join\",\"group\":\"%s\"}",
				    w.targets[w.n_users + g].name);
			ask(c, m == 0 ? ASK_CREATE : ASK_JOIN, w.n_users + g);
			for (int i = 0; i < w.n_clients; i++)
				if (w.clients[i].user == member_of(g, m) &&
				    w.clients[i].n_targets < 8)
					w.clients[i].targets[w.clients[i].n_targets++] =
					    w.n_users + g;
			if (m == w.o.members - 1 && m > 1 && c->wanders < 0) {
				c->wanders = w.n_users + g;
				c->inside = true;
				w.targets[c->wanders].wanderer = member_of(g, m);
				if (w.clients[member_of(g, 0)].rules < 0)
					w.clients[member_of(g, 0)].rules = c->wanders;
			}
		}
		if (!until_all(has_nothing_open, 30)) {
			fprintf(stderr, "driver: the groups do not come about\n");
			exit(2);
		}
	}
}

static void
everybody_in(const char *when)
{
	if (until_all(is_up, 60))
		return;
	broken(8, "%s: only %d of %d devices are in and synced after 60 s", when, count(is_up),
	    w.n_clients);
	for (int i = 0; i < w.n_clients; i++)
		if (!is_up(&w.clients[i]))
			fprintf(stderr, "#   %s state %d pending %u\n", name_of(&w.clients[i]),
			    w.clients[i].state, w.clients[i].n);
}

static void
drain(void)
{
	int64_t end = now_ms() + (int64_t)(w.o.drain * 1000), begun = now_ms();
	char why[200] = "";

	w.sending = false;
	fprintf(stderr, "# quiet\n");
	for (int i = 0; i < w.n_clients; i++) {
		w.clients[i].deaf_until = 0;
		w.clients[i].lazy = false;
		if (!w.o.stay)
			lost(&w.clients[i], "quiet", 1 + (int64_t)rnd(1000));
	}
	w.quiet = true;
	everybody_in("quiet");
	if (!until_all(has_nothing_open, 60))
		broken(9, "%d devices still wait for answers 60 s after the last fault",
		    w.n_clients - count(has_nothing_open));
	while (!all_arrived(why, sizeof(why)) && now_ms() < end)
		turn_for(1);
	fprintf(stderr, "# all had arrived %.1f s after the quiet began%s%s\n",
	    (double)(now_ms() - begun) / 1000, why[0] != '\0' ? ", but for " : "", why);
	turn_for(1.5); /* the last acknowledgements */
	for (int i = 0; i < w.n_clients; i++)
		if (w.clients[i].state == UP) {
			buf_adds(&w.clients[i].out, "{\"op\":\"ping\"}");
			ask(&w.clients[i], ASK_PING, 0);
		}
	if (!until_all(said_pong, 10))
		broken(8, "%d sessions do not answer a ping", w.n_clients - count(said_pong));
}

/* The results that are no rules, and the exit status. */
static int
report(void)
{
	int bad = 0;

	printf("%zu texts: %ld acknowledged, %ld refused; %ld outcomes unknown, %ld sent "
	       "again, %ld answered as repeats, %ld late; %ld kicks\n",
	    w.n_texts, w.oks, w.refused, w.unknowns, w.resends, w.dups, w.late, w.kicks);
	printf("%ld events, %ld of them repetitions; %ld links lost, %ld goodbyes (%ld "
	       "replaced), %ld times degraded, %ld replies ahead, %ld internal\n",
	    w.events, w.repeats, w.links_lost, w.byes, w.replaced, w.degraded, w.aheads,
	    w.internals);
	for (int i = 0; i < RULES; i++)
		if (w.broken[i] > 0) {
			printf("not ok R%d broken %ld times\n", i, w.broken[i]);
			bad = 1;
		}
	printf("%s, seed %llu\n", bad ? "RED" : "all rules hold", (unsigned long long)w.o.seed);
	return bad;
}

int
main(int argc, char **argv)
{
	struct rlimit r;

	signal(SIGPIPE, SIG_IGN);
	take_options(argc, argv);
	printf("seed %llu\n", (unsigned long long)w.o.seed);
	fflush(stdout);
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	world_make();
	everybody_in("start");
	found_groups();
	masters_begin();
	w.began = now_ms();
	for (int i = 0; i < w.n_clients; i++) {
		w.clients[i].send_at = w.began + (int64_t)rnd(1000);
		w.clients[i].wander_at = w.began + (int64_t)rnd(3000);
		w.clients[i].kick_at = w.began + (int64_t)rnd(5000);
		w.clients[i].break_at = w.began + gap_of(w.o.breaks * 1000);
	}
	for (int i = 0; i < w.o.deaf && i < w.n_clients; i++)
		w.clients[i].deaf_until = INT64_MAX; /* until the quiet */
	if (w.o.ready != NULL)
		close(open(w.o.ready, O_CREAT | O_WRONLY, 0644));
	w.sending = true;
	turn_for(w.o.seconds);
	while (w.o.until != NULL && access(w.o.until, F_OK) != 0)
		turn_for(0.1);
	drain();
	check_acked();
	check_all();
	check_sessions(false);
	for (int i = 0; i < w.n_clients; i++) {
		if (w.clients[i].fd >= 0)
			close(w.clients[i].fd);
		if (w.clients[i].old_fd >= 0)
			close(w.clients[i].old_fd);
	}
	check_sessions(true);
	return report();
}
