/* SPDX-License-Identifier: ISC */
/*
 * conn - one client: the socket the master handed over, the poll loop over it,
 * the bus and the master, its deadlines, and its end. Whatever goes wrong in here
 * hurts this one client and nobody else.
 */
#include "conn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "front/front.h"
#include "lib/clock.h"
#include "lib/counts.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/tally.h"
#include "lib/title.h"
#include "session/life.h"
#include "session/purse.h"
#include "session/shared.h"

#define BEGIN_MS 10000 /* for what shows how a client speaks */
#define PLACE_MS 1000  /* after that an object that is not complete gives its place to others */
#define PING_MS 60000  /* silence after which the client is asked, */
#define DEAD_MS 90000  /* and silence after that which ends it */
#define TRIM_MS 2000   /* quiet for so long, it gives back the memory that it used */

struct conn {
	struct peer peer;
	struct session session;
	const struct front *front; /* NULL: the client has not shown how it speaks */
	void *speaker;             /* the front's own */
	int ctl;                   /* to the master; -1: it has gone */
	bool was_on;               /* the session was logged in, when last looked at */
	bool placed;               /* its words may be looked at: a newcomer needs a place for that, see enum ctl_word */
	bool heard;                /* some, in this place */
	bool owes;                 /* what it may have said has to wait until it is paid for, in a place or not */
	int64_t place_due;         /* until when they are to be complete */
	int64_t waits_since;       /* for a place; 0: it does not */
	bool last_words;           /* those that wait: the client has ended its side */
	bool pinged;
	int64_t trim_at;
};

static volatile sig_atomic_t told_to_stop;

static void
on_stop(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

/* The front */

static void
take_front(struct conn *c, const struct front *front)
{
	c->front = front;
	c->speaker = front->begin(&c->peer, &c->session);
}

/* Who has not shown how it speaks is told nothing: the older clients abort on a line they cannot read. */
static void
show(struct conn *c, const struct event *e)
{
	if (c->front != NULL)
		c->front->event(c->speaker, e);
}

static void
take_input(struct conn *c)
{
	struct peer *p = &c->peer;

	if (c->front == NULL && buf_len(&p->in) > 0) {
		size_t n = buf_len(&p->in);
		const struct front *front = front_recognise(&p->in);

		purse_nothing(&c->session, n - buf_len(&p->in));
		if (front != NULL || buf_len(&p->in) == 0)
			peer_disarm(p, D_OBJECT);
		else if (!peer_is_armed(p, D_OBJECT))
			peer_arm(p, D_OBJECT, BEGIN_MS);
		if (front != NULL)
			take_front(c, front);
	}
	if (c->front != NULL && p->reason == NULL)
		c->front->input(c->speaker);
	c->owes = purse_due(&c->session) != 0;
	peer_trim(p);
}

/* What the session sees of all this */

static void
view_event(void *arg, const struct event *e)
{
	show(arg, e);
}

static bool
view_has_room(const void *arg)
{
	return peer_has_room(&((const struct conn *)arg)->peer);
}

static bool
view_is_gone(const void *arg)
{
	struct pollfd p = {.fd = ((const struct conn *)arg)->peer.fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0;
}

static void
view_bye(void *arg, const char *reason)
{
	peer_end(&((struct conn *)arg)->peer, reason, 0);
}

static const struct viewer viewer = {view_event, view_has_room, view_is_gone, view_bye};

/* The place */

static void
tell_master(struct conn *c, char word)
{
	if (c->ctl >= 0)
		send(c->ctl, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
want_place(struct conn *c)
{
	if (c->placed || c->waits_since != 0)
		return;
	c->waits_since = clock_ms();
	tell_master(c, CTL_WANTS);
}

static void
take_place(struct conn *c)
{
	c->placed = true;
	c->heard = c->owes;
	c->place_due = clock_ms() + PLACE_MS;
	if (c->waits_since != 0)
		peer_put_off(&c->peer, clock_ms() - c->waits_since);
	c->waits_since = 0;
}

static void
give_place_up(struct conn *c)
{
	c->placed = false;
	tell_master(c, CTL_ANSWERED);
}

/* A newcomer that has been answered needs its place no longer, and who takes too long over an object has had it. */
static void
mind_place(struct conn *c)
{
	struct peer *p = &c->peer;

	if (session_is_on(&c->session) || !c->placed)
		return;
	if ((c->heard && buf_len(&p->in) == 0 && !peer_is_armed(p, D_OBJECT)) || clock_ms() >= c->place_due)
		give_place_up(c);
}

/* Deadlines and the end */

static void
say_bye(struct conn *c)
{
	struct peer *p = &c->peer;

	if (p->reason == NULL || p->closing)
		return;
	show(c, &(struct event){.kind = EVENT_BYE, .word = p->reason, .retry_after = p->retry_after});
	log_info("bye", "reason=%s addr=%s", p->reason, p->addr);
	peer_close(p);
}

static void
on_silence(struct conn *c)
{
	if (c->front == NULL || !c->front->pings)
		return; /* it would not understand; TCP's keepalive has to do */
	if (c->pinged) {
		peer_end(&c->peer, "timeout", 0);
		return;
	}
	show(c, &(struct event){.kind = EVENT_PING});
	c->pinged = true;
	peer_arm(&c->peer, D_SILENCE, DEAD_MS);
}

static void
on_deadline(struct conn *c, enum deadline d)
{
	switch (d) {
	case D_LOGIN:
	case D_OBJECT:
		peer_end(&c->peer, "timeout", 0);
		break;
	case D_SILENCE:
		on_silence(c);
		break;
	case D_STUCK:
		/* It has taken nothing for so long that it will not read a bye either. */
		log_info("stuck", "bytes=%zu", buf_len(&c->peer.out));
		peer_hang_up(&c->peer);
		break;
	case D_LINGER:
		peer_hang_up(&c->peer);
		break;
	case D_COUNT:
		break;
	}
}

/* Who waits for a place is not hurried, but for an object that has begun before: whole crowds would stay for it. */
static bool
runs_now(const struct conn *c, int d)
{
	return c->waits_since == 0 || d == D_OBJECT;
}

static void
run_deadlines(struct conn *c)
{
	int64_t now = clock_ms();

	for (int d = 0; d < D_COUNT; d++)
		if (c->peer.due[d] <= now && runs_now(c, d)) {
			c->waits_since = 0;
			peer_disarm(&c->peer, (enum deadline)d);
			on_deadline(c, (enum deadline)d);
		}
}

/* There is time to log in, also after a logout. */
static void
watch_login(struct conn *c)
{
	int64_t ms = c->session.node->login_timeout;

	if (session_is_on(&c->session) == c->was_on)
		return;
	c->was_on = !c->was_on;
	if (c->was_on) {
		peer_disarm(&c->peer, D_LOGIN);
		tell_master(c, CTL_IN);
	} else
		peer_arm(&c->peer, D_LOGIN, c->front->login_ms > ms ? c->front->login_ms : ms);
}

static int64_t
next_due(struct conn *c)
{
	int64_t next = c->peer.reason == NULL ? life_due(&c->session) : CLOCK_NEVER; /* else it has no work any more */

	if (c->placed && !session_is_on(&c->session))
		next = c->place_due < next ? c->place_due : next;
	if (c->trim_at < next)
		next = c->trim_at;
	for (int d = 0; d < D_COUNT; d++)
		if (c->peer.due[d] < next && runs_now(c, d))
			next = c->peer.due[d];
	if (purse_due(&c->session) != 0 && purse_due(&c->session) < next)
		next = purse_due(&c->session);
	if (c->front != NULL && c->front->due != NULL && c->front->due(c->speaker) < next)
		next = c->front->due(c->speaker);
	return next;
}

/* The answer to a ping is likely to be all that it says for a minute: nobody wakes once more for what that took. */
static void
trim(struct conn *c, bool busy, bool answered)
{
	if (busy && !answered) {
		c->trim_at = clock_ms() + TRIM_MS;
	} else if (busy || clock_ms() >= c->trim_at) {
		c->trim_at = CLOCK_NEVER;
		peer_rest(&c->peer);
		mem_trim();
	}
}

/* A place, news from the keeper, or the end: then it is time to go. */
static void
master_says(struct conn *c)
{
	char word;
	ssize_t n;

	while ((n = recv(c->ctl, &word, 1, MSG_DONTWAIT)) == 1)
		if (word == CTL_PLACE)
			take_place(c);
		else if (word == SHARED_POKE)
			life_wake(&c->session);
		else if (word == CTL_REPORT)
			log_info("session", "addr=%s in=%s waiting=%zu", c->peer.addr, session_is_on(&c->session) ? "yes" : "no",
			    buf_len(&c->peer.out));
	if (n < 0 && errno == EAGAIN && !told_to_stop)
		return;
	c->waits_since = 0;
	peer_end(&c->peer, "shutdown", 500 + clock_jitter(4500));
	if (c->ctl >= 0)
		close(c->ctl);
	c->ctl = -1;
}

/* The loop */

/* After bye: everything is written, the peer has been told, what it still sends is not read as a reset. */
static bool
finished(struct conn *c)
{
	struct peer *p = &c->peer;

	if (p->hung_up)
		return true;
	if (p->closing && buf_len(&p->out) == 0)
		shutdown(p->fd, SHUT_WR);
	return false;
}

static bool
heard(const struct pollfd *p, int n)
{
	for (int i = 0; i < n; i++)
		if (p[i].revents != 0)
			return true;
	return false;
}

static void
read_client(struct conn *c, bool ended)
{
	if (c->waits_since != 0) {
		peer_hang_up(&c->peer); /* only that is looked for while it waits */
		return;
	}
	if (!c->placed && !c->peer.closing) {
		c->last_words = ended;
		want_place(c);
		return;
	}
	if (!peer_read(&c->peer))
		return;
	c->pinged = false;
	c->heard = true;
	peer_arm(&c->peer, D_SILENCE, PING_MS);
}

static void
write_client(struct conn *c)
{
	if (c->front != NULL && c->front->work != NULL)
		c->front->work(c->speaker);
	else
		peer_write(&c->peer);
}

static void
conn_wait(const struct pollfd *p, int n, int64_t due, const sigset_t *unblocked)
{
	int ms = clock_left(due);
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	if (ppoll((struct pollfd *)p, (nfds_t)n, ms >= 0 ? &ts : NULL, unblocked) < 0 && errno != EINTR)
		die(EX_OSERR, "ppoll", "why=%s", strerror(errno));
}

static void
loop(struct conn *c, const sigset_t *unblocked)
{
	bool more = false; /* to be done than fitted into the output, and now it fits */

	while (!finished(c)) {
		struct peer *peer = &c->peer;
		bool paced = c->front != NULL && c->front->work != NULL, asked = c->pinged, full;
		struct pollfd p[2 + LIFE_FDS] = {{.fd = peer->fd}, {.fd = c->ctl, .events = POLLIN}};
		int n = life_poll(&c->session, p + 2);

		if (c->waits_since == 0 && (peer->closing || (peer_has_room(peer) && purse_due(&c->session) == 0)))
			p[0].events |= POLLIN;
		if (!c->placed && !c->last_words)
			p[0].events |= POLLRDHUP;
		if (buf_len(&peer->out) > 0 && !paced)
			p[0].events |= POLLOUT;
		conn_wait(p, 2 + n, more ? 0 : next_due(c), unblocked);
		if (told_to_stop || p[1].revents != 0)
			master_says(c);
		if (p[0].revents & (POLLIN | POLLRDHUP | POLLHUP | POLLERR))
			read_client(c, (p[0].revents & POLLRDHUP) != 0);
		/* What others said before is given out before our client's next words are looked at. */
		life_hear(&c->session, heard(p + 2, n));
		if (c->placed)
			take_input(c);
		else if (more || (c->owes && purse_due(&c->session) == 0))
			want_place(c);
		watch_login(c);
		mind_place(c);
		run_deadlines(c);
		if (peer->reason == NULL)
			life_work(&c->session);
		say_bye(c);
		full = !peer_has_room(peer);
		write_client(c);
		more = full && peer_has_room(peer);
		trim(c, heard(p, 2 + n), asked && !c->pinged);
	}
}

/* Start and end */

/* SIGTERM is blocked but while ppoll() waits, so that it is not lost until the next thing happens. */
static sigset_t
conn_signals(void)
{
	struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
	sigset_t block, unblocked;

	/* The terminal's signals reach every process of the group; the master alone decides what they mean. */
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGUSR1, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigemptyset(&unblocked);
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_SETMASK, &block, NULL);
	return unblocked;
}

int
conn_main(const struct node *node, int ctl, int client, const char *addr, int64_t child)
{
	struct conn c = {.ctl = ctl};
	sigset_t unblocked = conn_signals();
	bool untold;

	peer_init(&c.peer, client, addr);
	take_place(&c);
	title_set("session %s", c.peer.addr);
	session_init(&c.session, node, &viewer, &c, c.peer.addr, child);
	purse_begin(&c.session);
	peer_arm(&c.peer, D_LOGIN, node->login_timeout); /* it has said something: that is why it is here */
	peer_arm(&c.peer, D_SILENCE, PING_MS);
	loop(&c, &unblocked);
	close(c.peer.fd); /* the client need not wait for what we have to write down */
	if (session_is_on(&c.session))
		counts_ended(c.peer.reason);
	life_end(&c.session, false);
	untold = c.session.row;
	session_free(&c.session);
	if (c.front != NULL)
		c.front->free(c.speaker);
	peer_free(&c.peer);
	tally_end(addr);
	return untold ? CONN_UNTOLD : 0;
}
