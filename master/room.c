/* SPDX-License-Identifier: ISC */
#include "master/room.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/proxy.h"
#include "master/guest.h"
#include "session/shared.h"

#define HEADER_MS 3000
#define LATE_MS 15000   /* a place that was held for so long is given to others, too: its child hangs, or is stopped */
#define RECENT_MS 10000 /* places given since then tell how fast the line moves */
#define FIRST_RATE 25   /* before anything is known of that: per place and second */

static const struct config *cf;

static struct {
	int64_t since; /* ms; begin of the time in which somebody was always waiting, or of its recent part */
	int64_t given; /* places, since then */
} pace;

void
room_init(const struct config *c)
{
	cf = c;
	guests_init();
}

int
room_sessions(void)
{
	return guests_count[IN];
}

int
room_people(void)
{
	int n = guests_count[HEADER] + guests_count[SILENT];
	struct guest *g;

	TAILQ_FOREACH(g, &guests_in[WAITING], of_all)
		n += g->child == NULL;
	return n;
}

/* Ends of a guest */

/* One without a child. */
static void
hang_up(struct guest *g)
{
	watch_drop(&g->watch);
	close(g->fd);
	guest_move(g, NOWHERE);
}

/* Any. */
static void
send_away(struct guest *g)
{
	if (g->child == NULL) {
		hang_up(g);
		return;
	}
	guest_move(g, LEAVING);
	pool_dismiss(g->child);
}

void
room_turn_away(void)
{
	while (!TAILQ_EMPTY(&guests_in[WAITING]))
		send_away(TAILQ_FIRST(&guests_in[WAITING]));
}

void
room_close(void)
{
	struct guest *g, *next;

	for (int s = HEADER; s <= WAITING; s++)
		for (g = TAILQ_FIRST(&guests_in[s]); g != NULL; g = next) {
			next = TAILQ_NEXT(g, of_all);
			if (g->child == NULL)
				hang_up(g);
		}
}

/* The line */

/*
 * How long who comes now would wait, in ms, if it goes on as it went recently. Turns go round: those
 * of its own address are all before it, of each other address as many. (With one address, that is the whole
 * line; were it so for all, one address with a long line could have all others sent away.)
 */
static int64_t
expected_wait(const struct source *s)
{
	int64_t own = s->count[WAITING], turns = (own + 1) * (guests_sources + (own == 0));

	if (turns > guests_count[WAITING])
		turns = guests_count[WAITING];
	return turns * (clock_ms() - pace.since + 1000) / (pace.given + cf->newcomers * FIRST_RATE);
}

static void
line_up(struct guest *g)
{
	if (guests_count[WAITING] == 0) {
		pace.since = clock_ms();
		pace.given = 0;
	}
	guest_move(g, WAITING);
}

static void
gave_place(void)
{
	int64_t span = clock_ms() - pace.since;

	pace.given++;
	if (span > RECENT_MS) {
		pace.since += span / 2;
		pace.given /= 2;
	}
}

/*
 * Never all for one address, so that whoever comes next finds one; and while others wait, a
 * quarter.
 */
static int
share(void)
{
	bool others = TAILQ_FIRST(&guests_round) != TAILQ_LAST(&guests_round, sources);
	int quarter = cf->newcomers / 4;

	return !others ? cf->newcomers - quarter : quarter > 0 ? quarter : 1;
}

static struct guest *
next_turn(void)
{
	struct source *s;

	if (guests_count[PLACED] >= cf->newcomers || guests_count[PLACED] + guests_count[IN] >= cf->max_sessions)
		return NULL;
	TAILQ_FOREACH(s, &guests_round, turn)
		if (s->count[PLACED] < share())
			return TAILQ_FIRST(&s->in[WAITING]);
	return NULL;
}

static void
place(struct guest *g)
{
	int fd = g->fd;

	guest_move(g, PLACED);
	source_had_turn(g->source);
	gave_place();
	if (g->child != NULL) {
		pool_give_place(g->child);
		return;
	}
	watch_drop(&g->watch);
	g->fd = -1;
	pool_hand_over(fd, &g->from, g);
}

bool
room_wants_spare(void)
{
	struct guest *g = next_turn();

	return g != NULL && g->child == NULL && pool_spares() == 0;
}

/* What a child says */

void
room_heard(void *guest, struct child *ch, int word)
{
	struct guest *g = guest;

	g->child = ch;
	if (ch == NULL)
		guest_move(g, NOWHERE);
	else if (g->stage == LEAVING)
		return;
	else if (word == CTL_IN)
		guest_move(g, IN);
	else if (word == CTL_WANTS)
		line_up(g);
	else if (word == CTL_ANSWERED) {
		guest_move(g, ANSWERED);
		/* They cost a process each: a part of the room. */
		if (guests_count[ANSWERED] > cf->waiting_room / 4)
			send_away(guest_of_the_most(ANSWERED));
	}
}

/* What happens to those without a child */

static void
has_spoken(struct guest *g, uint32_t events)
{
	if (expected_wait(g->source) > cf->login_wait) {
		log_warn("line_too_long", "waiting=%d", guests_count[WAITING]);
		hang_up(g);
		return;
	}
	/* From here on only its end matters; who has ended what he had to say waits for the answer. */
	watch_change(&g->watch, events & EPOLLRDHUP ? 0 : EPOLLRDHUP);
	line_up(g);
}

/* The bytes of the header and no other are read. */
static void
read_header(struct guest *g)
{
	char head[PROXY_MAX];
	ssize_t n = recv(g->fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
	int len = n > 0 ? proxy_parse(head, (size_t)n, &g->from.from) : -1;

	explicit_bzero(head, sizeof(head)); /* what comes behind the header was in it, too */
	if (n < 0 && errno == EAGAIN)
		return;
	if (len > 0 && recv(g->fd, head, (size_t)len, MSG_DONTWAIT) == len) {
		watch_change(&g->watch, EPOLLIN | EPOLLRDHUP);
		guest_move(g, SILENT);
		if (shared_is_denied(&g->from.from))
			hang_up(g);
	} else if (len != 0) {
		log_info("proxy_header", "why=%s", n > 0 ? "it is none" : "it has not come");
		hang_up(g);
	}
}

static void
guest_stirs(struct watch *w, uint32_t events)
{
	struct guest *g = WATCHED(w, struct guest);
	int bytes = 0;

	if (g->stage == HEADER && (events & EPOLLIN) != 0)
		read_header(g);
	else if (g->stage == SILENT && ioctl(g->fd, FIONREAD, &bytes) == 0 && bytes > 0)
		has_spoken(g, events);
	else
		hang_up(g);
}

/* Whether its first bytes have to say whose connection it is. */
static bool
is_proxy(const struct handed *from)
{
	bool marked = false;

	for (int i = 0; i < cf->listeners; i++)
		marked = marked || cf->listen[i].proxy;
	if (marked && !cf->listen[from->listener].proxy)
		return false;
	for (int i = 0; i < cf->proxies; i++)
		if (address_in_block(&from->from, &cf->proxy_from[i]))
			return true;
	return false;
}

static bool
has_room(void)
{
	return guests_count[HEADER] + guests_count[SILENT] + guests_count[WAITING] + guests_count[ANSWERED] < cf->waiting_room;
}

bool
room_is_full(void)
{
	return !has_room() && guests_count[SILENT] == 0;
}

void
room_enter(int client, const struct handed *from)
{
	bool header = is_proxy(from);
	struct guest *g;

	if (!header && shared_is_denied(&from->from)) {
		close(client);
		return;
	}
	if (!has_room() && (g = guest_of_the_most(SILENT)) != NULL)
		hang_up(g);
	g = guest_new(client, from, header ? HEADER : SILENT);
	/* A header is left where it is until it is complete: only news count. */
	watch_add(&g->watch, client, EPOLLIN | EPOLLRDHUP | (header ? (uint32_t)EPOLLET : 0), guest_stirs);
}

/* Time */

static int64_t
oldest_due(enum stage stage, int64_t ms)
{
	struct guest *g = TAILQ_FIRST(&guests_in[stage]);

	return g != NULL ? g->since + ms : CLOCK_NEVER;
}

int64_t
room_due(void)
{
	int64_t header = oldest_due(HEADER, HEADER_MS), silent = oldest_due(SILENT, cf->silent_timeout);
	int64_t placed = guests_count[WAITING] > 0 ? oldest_due(PLACED, LATE_MS) : CLOCK_NEVER;
	int64_t due = header < silent ? header : silent;

	return placed < due ? placed : due;
}

void
room_work(void)
{
	int64_t now = clock_ms();
	struct guest *g;

	while (oldest_due(HEADER, HEADER_MS) <= now)
		hang_up(TAILQ_FIRST(&guests_in[HEADER]));
	while (oldest_due(SILENT, cf->silent_timeout) <= now)
		hang_up(TAILQ_FIRST(&guests_in[SILENT]));
	while (guests_count[WAITING] > 0 && oldest_due(PLACED, LATE_MS) <= now)
		guest_move(TAILQ_FIRST(&guests_in[PLACED]), ANSWERED);
	while ((g = next_turn()) != NULL && (g->child != NULL || pool_spares() > 0))
		place(g);
}
