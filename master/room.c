/* SPDX-License-Identifier: ISC */
#include "master/room.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/counts.h"
#include "lib/hex.h"
#include "lib/log.h"
#include "lib/proxy.h"
#include "master/child.h"
#include "master/guest.h"
#include "master/listen.h"
#include "session/shared.h"

#define HEADER_MS 3000
#define LATE_MS 15000   /* a place that was held for so long is given to others, too: its child hangs, or is stopped */
#define RECENT_MS 10000 /* places given since then tell how fast the line moves */
#define FIRST_RATE 25   /* before anything is known of that: per place and second */

static const struct config *cf;

void
room_init(const struct config *c)
{
	cf = c;
	guests_init();
}

int
room_sessions(void)
{
	return guests.count[IN];
}

int
room_people(void)
{
	return guests.count[HEADER] + guests.count[SILENT] + guests.count[WAITING];
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

static void
turn_away(struct guest *g, enum count why)
{
	count(why);
	hang_up(g);
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
	for (int s = WAITING; s <= WANTING; s++)
		while (!TAILQ_EMPTY(&guests.in[s]))
			send_away(TAILQ_FIRST(&guests.in[s]));
}

void
room_close(void)
{
	for (int s = HEADER; s <= WAITING; s++)
		while (!TAILQ_EMPTY(&guests.in[s]))
			hang_up(TAILQ_FIRST(&guests.in[s]));
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
	int64_t own = guests_line(s->count), turns = (own + 1) * (guests.sources + (own == 0));

	if (turns > guests_line(guests.count))
		turns = guests_line(guests.count);
	return turns * (clock_ms() - guests.pace.since + 1000) / (guests.pace.given + cf->newcomers * FIRST_RATE);
}

static void
line_up(struct guest *g)
{
	if (guests_line(guests.count) == 0) {
		guests.pace.since = clock_ms();
		guests.pace.given = 0;
	}
	guest_move(g, g->child != NULL ? WANTING : WAITING);
}

static void
gave_place(void)
{
	int64_t span = clock_ms() - guests.pace.since;

	guests.pace.given++;
	if (span > RECENT_MS) {
		guests.pace.since += span / 2;
		guests.pace.given /= 2;
	}
}

/*
 * Never all for one address, so that whoever comes next finds one; and while others wait, a
 * quarter.
 */
static int
share(void)
{
	bool others = TAILQ_FIRST(&guests.round) != TAILQ_LAST(&guests.round, sources);
	int quarter = cf->newcomers / 4;

	return !others ? cf->newcomers - quarter : quarter > 0 ? quarter : 1;
}

static struct guest *
next_turn(void)
{
	struct source *s;

	if (guests.count[PLACED] >= cf->newcomers || guests.count[PLACED] + guests.count[IN] >= cf->max_sessions)
		return NULL;
	TAILQ_FOREACH(s, &guests.round, turn)
		if (s->count[PLACED] < share())
			return source_next(s);
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

/* Newcomers who have no place cost a process each: they may be a part of the room. */
static void
limit_processes(void)
{
	static const enum stage with_child[] = {ANSWERED, WANTING, NOWHERE};

	if (guests.count[ANSWERED] + guests.count[WANTING] > cf->waiting_room / 4)
		send_away(guest_of_the_most(with_child));
}

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
	else if (word == CTL_ANSWERED)
		guest_move(g, ANSWERED);
	limit_processes();
}

/* What happens to those without a child */

/* As many as may come, one line a second. */
static void
turned_away(struct guest *g, const char *ev, const char *why)
{
	static struct {
		const char *ev;
		int64_t at, n;
	} said[2];
	int i = said[0].ev != NULL && said[0].ev != ev;

	said[i].ev = ev;
	said[i].n++;
	if (clock_ms() - said[i].at >= 1000) {
		log_warn(ev, "why=%s count=%lld waiting=%d", why, (long long)said[i].n, guests.count[WAITING]);
		said[i].at = clock_ms();
		said[i].n = 0;
	}
	hang_up(g);
}

static void
has_spoken(struct guest *g, uint32_t events)
{
	if (expected_wait(g->source) > cf->login_wait) {
		count(C_AWAY_LINE);
		turned_away(g, "line_too_long", "the wait would be longer than --login-wait");
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
			turn_away(g, C_AWAY_DENIED);
	} else if (len != 0) {
		count(C_AWAY_HEADER);
		turned_away(g, "proxy_header", n > 0 ? "it is none" : "it has not come");
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

static bool
has_room(void)
{
	return room_people() + guests.count[WANTING] + guests.count[ANSWERED] < cf->waiting_room;
}

bool
room_is_full(void)
{
	return !has_room() && guests.most <= 1;
}

/* Of the address with the most: who has said nothing, before who will have to wait longest. */
static void
make_room(void)
{
	static const enum stage may_go[] = {SILENT, HEADER, WAITING, ANSWERED, WANTING, NOWHERE};

	count(C_AWAY_CROWD);
	send_away(guest_of_the_most(may_go));
}

void
room_enter(int client, const struct handed *from)
{
	bool header = config_proxy(cf, from->listener, &from->from) == PROXY_HEADS;
	struct guest *g;

	count(C_ACCEPTED);
	if (!header && shared_is_denied(&from->from)) {
		count(C_AWAY_DENIED);
		close(client);
		return;
	}
	if (!has_room())
		make_room();
	g = guest_new(client, from, header ? HEADER : SILENT);
	/* A header is left where it is until it is complete: only news count. */
	watch_stranger(&g->watch, client, EPOLLIN | EPOLLRDHUP | (header ? (uint32_t)EPOLLET : 0), guest_stirs);
}

/* A successor */

static const char letters[STAGES + 1] = "-hswwpail"; /* for the stages, in a state that another program reads */

void
room_save(FILE *f)
{
	struct guest *g;

	for (int s = HEADER; s < STAGES; s++)
		TAILQ_FOREACH(g, &guests.in[s], of_all) {
			const struct address *a = &g->from.from;

			fprintf(f, "guest %c %d %d %d %lld %d %d ", letters[s], g->fd, g->child != NULL ? (int)g->child->pid : 0,
			    g->from.listener, (long long)g->since, (int)a->kind, a->port);
			for (size_t i = 0; i < sizeof(a->ip); i++)
				fprintf(f, "%02x", a->ip[i]);
			fputc('\n', f);
		}
}

bool
room_restore(const char *line)
{
	struct handed from = {0};
	int fd, pid, kind, port, at = 0;
	long long since;
	char letter;
	const char *stage;
	struct guest *g;

	if (sscanf(line, "guest %c %d %d %d %lld %d %d %n", &letter, &fd, &pid, &from.listener, &since, &kind, &port, &at) < 7 ||
	    at == 0 || (stage = strchr(letters, letter)) == NULL)
		return false;
	from.from = (struct address){.kind = (enum address_kind)kind, .port = (uint16_t)port};
	for (size_t i = 0; i < sizeof(from.from.ip) && line[at] != '\0' && line[at + 1] != '\0'; i++, at += 2)
		from.from.ip[i] = (unsigned char)(hex_digit(line[at]) * 16 + hex_digit(line[at + 1]));
	from.listener = listen_index(from.listener);
	g = guest_new(fd, &from, (enum stage)(stage - letters) + (letter == 'w' && pid != 0));
	g->since = since;
	if (pid != 0 && (g->child = child_find((pid_t)pid)) != NULL)
		g->child->guest = g;
	else if (g->stage == WAITING)
		watch_stranger(&g->watch, fd, 0, guest_stirs);
	else
		watch_stranger(&g->watch, fd, EPOLLIN | EPOLLRDHUP | (g->stage == HEADER ? (uint32_t)EPOLLET : 0), guest_stirs);
	return true;
}

/* Time */

static int64_t
oldest_due(enum stage stage, int64_t ms)
{
	struct guest *g = TAILQ_FIRST(&guests.in[stage]);

	return g != NULL ? g->since + ms : CLOCK_NEVER;
}

int64_t
room_due(void)
{
	int64_t header = oldest_due(HEADER, HEADER_MS), silent = oldest_due(SILENT, cf->silent_timeout);
	int64_t placed = guests_line(guests.count) > 0 ? oldest_due(PLACED, LATE_MS) : CLOCK_NEVER;
	int64_t due = header < silent ? header : silent;

	return placed < due ? placed : due;
}

void
room_work(void)
{
	int64_t now = clock_ms();
	struct guest *g;

	while (oldest_due(HEADER, HEADER_MS) <= now)
		turn_away(TAILQ_FIRST(&guests.in[HEADER]), C_AWAY_HEADER);
	while (oldest_due(SILENT, cf->silent_timeout) <= now)
		turn_away(TAILQ_FIRST(&guests.in[SILENT]), C_AWAY_SILENT);
	while (guests_line(guests.count) > 0 && oldest_due(PLACED, LATE_MS) <= now)
		guest_move(TAILQ_FIRST(&guests.in[PLACED]), ANSWERED);
	while ((g = next_turn()) != NULL && (g->child != NULL || pool_spares() > 0))
		place(g);
}
