/* SPDX-License-Identifier: ISC */
/* crowd - sessions rather than messages: storing for the absent, logging in with a backlog,
 * many at once, many idle. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "t/bench/bench.h"

static struct histogram answers; /* from connect to the answer of resume */
static int64_t replied, messages, last_session, last_message;

static void
on_session(struct link *l, int64_t at)
{
	last_session = at - l->begun;
	histogram_add(&answers, last_session);
}

static void
on_message(struct link *l, const struct message *m)
{
	(void)l;
	messages++;
	last_message = m->at;
}

static void
on_reply(struct link *l, int64_t rid, int64_t at)
{
	int *waiting = l->mine;

	(void)rid;
	(void)at;
	replied++;
	--*waiting;
}

static const struct role counts = {.session = on_session, .message = on_message},
			 stores = {.reply = on_reply};

/* offline */

static void
turn_for(int64_t ns)
{
	int64_t end = now_ns() + ns;

	while (now_ns() < end)
		links_turn(end);
}

struct writer {
	struct link link;
	int waiting; /* replies to come */
	int64_t sent;
};

static void
store(struct writer *w, int to, int64_t run, int64_t limit)
{
	static char text[4096];
	char name[32];

	snprintf(text, sizeof(text), "%0*d", opt.size, 1);
	while (w->waiting < opt.flight && w->sent < limit) {
		snprintf(name, sizeof(name), "u%d", to);
		opt.tongue->text(&w->link, false, name, w->sent++, run, text);
		w->waiting++;
	}
}

/* Each writes up to limit messages to user to + i * step, until the time is over. Returns how
 * many were stored. */
static int64_t
store_all(struct writer w[], int n, int to, int step, int64_t limit, int64_t end)
{
	int64_t run = now_ns(), before = replied;
	bool busy = true;

	for (int i = 0; i < n; i++)
		w[i].sent = 0;
	while (busy) {
		bool over = now_ns() >= end;

		busy = false;
		for (int i = 0; i < n; i++) {
			if (!over)
				store(&w[i], to + i * step, run, limit);
			busy = busy || w[i].waiting > 0;
		}
		links_turn(now_ns() + SECOND);
	}
	return replied - before;
}

/* Logs a user in for whom n messages wait; returns the seconds until the last one is here. */
static double
read_backlog(int user, int64_t n)
{
	struct link reader = {0};
	int64_t end = now_ns() + 120 * SECOND, ready = heard.ready, begun;

	messages = 0;
	begun = now_ns();
	link_open(&reader, &counts, user, opt.addr[1]);
	while ((heard.ready == ready || messages < n) && now_ns() < end)
		links_turn(end);
	if (messages != n)
		quit("of %" PRId64 " waiting messages %" PRId64 " came", n, messages);
	turn_for(SECOND / 10); /* what it has got is acknowledged */
	link_close(&reader);
	return (double)(last_message - begun) / 1e9;
}

int
run_offline(void)
{
	struct writer *w = mem_alloc((size_t)opt.n * sizeof(*w));
	struct usage from, to;
	int absent = opt.first + opt.n;
	int64_t stored;
	double s, s1000, s10000;

	for (int i = 0; i < opt.n; i++) {
		w[i].link.mine = &w[i].waiting;
		link_open(&w[i].link, &stores, opt.first + i, opt.addr[0]);
	}
	links_ready(opt.n, 60);
	store_all(w, opt.n, absent, 1, INT64_MAX, now_ns() + opt.warm);
	parts_measure(&from, false);
	stored = store_all(w, opt.n, absent, 1, INT64_MAX, now_ns() + opt.window);
	parts_measure(&to, false);
	s = (double)(to.at - from.at) / 1e9;
	store_all(w, opt.n, absent + opt.n, 0, 1000 / opt.n, INT64_MAX);
	s1000 = read_backlog(absent + opt.n, 1000 / opt.n * opt.n);
	store_all(w, opt.n, absent + opt.n + 1, 0, 10000 / opt.n, INT64_MAX);
	s10000 = read_backlog(absent + opt.n + 1, 10000 / opt.n * opt.n);
	printf("figure=offline n=%d flight=%d stored_per_s=%.0f login_1000_s=%.3f "
	       "login_10000_s=%.3f",
	    opt.n, opt.flight, (double)stored / s, s1000, s10000);
	say_cpu(&from, &to, (double)stored);
	printf(" gaps=%" PRId64 " twice=%" PRId64 " errors=%" PRId64 "\n", heard.gaps,
	    heard.twice, heard.errors);
	return heard.gaps + heard.twice + heard.errors > 0;
}

/* idle, storm */

static double
available_kb(void)
{
	char line[200];
	double kb = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %lf", &kb) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kb;
}

double
charged_kb(void)
{
	double bytes = 0;
	FILE *f = opt.memory != NULL ? fopen(opt.memory, "r") : NULL;

	if (f != NULL && fscanf(f, "%lf", &bytes) != 1)
		quit("%s: no number", opt.memory);
	if (f != NULL)
		fclose(f);
	return bytes / 1024;
}

static double
counted(void)
{
	double n = 0;
	FILE *f = opt.count != NULL ? popen(opt.count, "r") : NULL; /* NOLINT(cert-env33-c): --count is a command */

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lf", &n) != 1)
		quit("%s: no number", opt.count);
	pclose(f);
	return n;
}

struct link *
open_idle(int n, int first, int at_once)
{
	struct link *l = mem_alloc((size_t)n * sizeof(*l));
	int64_t were = heard.ready;

	for (int i = 0; i < n; i++) {
		link_open(&l[i], &counts, first + i, opt.addr[i % 2]);
		if (were + i + 1 - heard.ready >= at_once)
			links_ready(were + i + 2 - at_once, 120);
	}
	links_ready(were + n, 120);
	return l;
}

int
run_idle(void)
{
	struct usage from, to, later;
	double before, after, charged, calls;

	parts_measure(&from, true);
	before = available_kb();
	charged = charged_kb();
	open_idle(opt.n, opt.first, 32);
	/* Each looks once more at the database some seconds after its login, and keeps the way
	 * to publish for a minute. */
	turn_for(opt.warm);
	after = available_kb();
	charged = charged_kb() - charged;
	parts_measure(&to, true);
	calls = counted();
	turn_for(opt.window);
	calls = counted() - calls;
	parts_measure(&later, false);
	printf("figure=idle n=%d all_in_kb=%.1f", opt.n, (before - after) / opt.n);
	if (opt.memory != NULL)
		printf(" charged_kb=%.1f", charged / opt.n);
	if (opt.count != NULL)
		printf(" calls_per_s=%.2f", calls * 1e9 / (double)opt.window);
	say_memory(&from, &to, opt.n);
	printf(" idle");
	say_cpu(&to, &later, (double)opt.n * (double)(later.at - to.at) / 1e9);
	putchar('\n');
	return 0;
}

int
run_storm(void)
{
	struct usage from, to;
	double s;

	parts_measure(&from, false);
	open_idle(opt.n, opt.first, opt.n + 1);
	parts_measure(&to, false);
	s = (double)(to.at - from.at) / 1e9;
	printf("figure=storm n=%d seconds=%.3f sessions_per_s=%.0f again=%" PRId64, opt.n, s,
	    opt.n / s, heard.again);
	say_latency(&answers, "session");
	say_cpu(&from, &to, opt.n);
	putchar('\n');
	return 0;
}

/* All are on the first node when it is killed; the time until the second one has them. */
int
run_back(void)
{
	const char *other = opt.addr[1];
	int64_t killed, end, most = 0;
	struct link *l;
	double s;

	opt.addr[1] = opt.addr[0];
	l = open_idle(opt.n, opt.first, 32);
	opt.addr[1] = other;
	turn_for(opt.warm);
	memset(&answers, 0, sizeof(answers));
	heard.again = 0;
	if (kill(opt.victim, SIGKILL) < 0)
		quit("kill: there is no %d", opt.victim);
	killed = now_ns();
	end = killed + 300 * SECOND;
	while (heard.lost < opt.n || heard.ready < opt.n) {
		if (now_ns() > end)
			quit("%" PRId64 " of %d are back", heard.ready, opt.n);
		links_turn(end);
	}
	s = (double)(now_ns() - killed) / 1e9;
	for (int i = 0; i < opt.n; i++)
		most = l[i].tries > most ? l[i].tries : most;
	printf("figure=back n=%d seconds=%.3f sessions_per_s=%.0f again=%" PRId64 " most_tries=%" PRId64, opt.n, s, opt.n / s,
	    heard.again, most);
	putchar('\n');
	return 0;
}

/* convs */

/* Logs in without acknowledging: adds the time to the answer, and that to the last message of
 * the first window. */
static void
look_in(int user, struct histogram *answer, struct histogram *window)
{
	struct link l = {.keep_quiet = true};
	int64_t quiet;

	messages = last_session = 0;
	link_open(&l, &counts, user, opt.addr[0]);
	quiet = now_ns() + 10 * SECOND;
	while (now_ns() < quiet && messages < 256 && l.state != LINK_READY)
		links_turn(quiet);
	if (messages < 256)
		quit("only %" PRId64 " messages came", messages);
	histogram_add(answer, last_session);
	histogram_add(window, last_message - l.begun);
	link_close(&l);
	/* Its process writes down the end before the next one begins. */
	quiet = now_ns() + SECOND / 20;
	while (now_ns() < quiet)
		links_turn(quiet);
}

/* In turn the user with many conversations and the one with few. */
int
run_convs(void)
{
	static struct histogram answer[2], window[2];

	for (int i = 0; i < opt.n; i++)
		for (int k = 0; k < 2; k++)
			look_in(opt.first + k, &answer[k], &window[k]);
	printf("figure=convs n=%d many_ms=%.2f few_ms=%.2f ratio=%.2f many_window_ms=%.2f "
	       "few_window_ms=%.2f window_ratio=%.2f\n",
	    opt.n, histogram_ms(&answer[0], .5), histogram_ms(&answer[1], .5),
	    histogram_ms(&answer[0], .5) / histogram_ms(&answer[1], .5),
	    histogram_ms(&window[0], .5), histogram_ms(&window[1], .5),
	    histogram_ms(&window[0], .5) / histogram_ms(&window[1], .5));
	return 0;
}
