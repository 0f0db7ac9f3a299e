/* SPDX-License-Identifier: ISC */
/* interact - the interactive client's loop: one session, one screen, and the person's signals. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "client/account.h"
#include "client/commands.h"
#include "client/hear.h"
#include "client/input.h"
#include "client/js.h"
#include "client/say.h"
#include "client/screen.h"
#include "client/show.h"
#include "client/slash.h"
#include "lib/clock.h"
#include "lib/utf8.h"

static volatile sig_atomic_t interrupted, resized, suspended, terminated;

static void
on_signal(int sig)
{
	if (sig == SIGINT)
		interrupted = 1;
	else if (sig == SIGWINCH)
		resized = 1;
	else if (sig == SIGTSTP)
		suspended = 1;
	else
		terminated = 1;
}

static void
on_line(void *arg, const char *text)
{
	struct talk *t = arg;

	if (text == NULL) {
		t->ended = true;
		return;
	}
	if (*text == '/' && text[1] != '/')
		slash(t, text);
	else if (text[strspn(text, " \t\n")] == '\0')
		return;
	else if (t->here == NULL)
		talk_warn(t, "to whom? First /msg NAME or /group NAME; /help shows more");
	else
		say_text(t, t->here, *text == '/' ? text + 1 : text);
}

static const char *
offer(void *arg, const char *line, int i)
{
	return slash_complete(arg, line, i);
}

static void
add_unread(const struct talk *t, struct buf *b)
{
	const char *before = " (";

	for (const struct place *p = t->places; p != NULL; p = p->next) {
		if (p->unread == 0 || p == t->here)
			continue;
		buf_adds(b, before);
		utf8_safe(b, p->label, strlen(p->label));
		buf_addf(b, " %d", p->unread);
		before = ", ";
	}
	buf_adds(b, *before == ',' ? " new)" : "");
}

/* `bob ✓✓ (#team 3 new)> ` */
static void
prompt(struct talk *t)
{
	const struct place *p = t->here;
	int waiting = say_waiting(t);
	struct buf b = {0};

	if (p != NULL)
		utf8_safe(&b, p->label, strlen(p->label));
	if (p != NULL && p->own > 0 && p->read_there >= p->own)
		buf_addf(&b, " %s", screen_sign("✓✓", "read"));
	else if (p != NULL && p->own > 0 && p->delivered >= p->own)
		buf_addf(&b, " %s", screen_sign("✓✓", "there"));
	if (p != NULL && clock_ms() < t->typist_until)
		buf_addf(&b, " (%s%styping)", *p->label == '#' ? t->typist : "", *p->label == '#' ? " " : "");
	buf_adds(&b, t->offline ? " (offline)" : t->stalled ? " (no answer)" : "");
	buf_adds(&b, t->away != NULL ? " (away)" : "");
	if (waiting > 0 && say_due(t) == CLOCK_NEVER)
		buf_addf(&b, " (%d waiting)", waiting);
	add_unread(t, &b);
	buf_adds(&b, "> ");
	screen_prompt(buf_str(&b) + (*buf_str(&b) == ' '));
	buf_free(&b);
}

/* What is typed somewhere is remembered there. */
static void
turn_history(struct talk *t)
{
	struct buf path = {0};

	if (t->here != NULL && t->here != t->typed_at && home_path(&path, t->c.o->server, t->c.o->user, t->here->label)) {
		buf_adds(&path, ".history");
		screen_history(buf_str(&path));
	}
	t->typed_at = t->here;
	buf_free(&path);
}

static void
take_signals(struct talk *t)
{
	if (interrupted && (t->ended || !screen_edits()))
		t->leaving = true;
	else if (interrupted && !screen_forget())
		talk_note(t, "/quit leaves");
	if (resized)
		screen_resized();
	if (suspended)
		screen_suspend();
	if (terminated)
		t->leaving = true;
	interrupted = resized = suspended = 0;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Everything said has its answer, and everything that waited for us has come. */
static bool
all_done(const struct talk *t)
{
	return t->synced && !session_pending(&t->c.session);
}

/* A script's lines are done one after the other; a person may type ahead. */
static bool
takes_input(const struct talk *t)
{
	return !t->ended && (screen_edits() || !session_pending(&t->c.session));
}

static void
wait_for_something(struct talk *t, const sigset_t *unblocked)
{
	struct session *s = &t->c.session;
	bool input = takes_input(t), ready = input && screen_ready();
	struct pollfd fds[2] = {
		session_pollfd(s),
		{.fd = input ? STDIN_FILENO : -1, .events = POLLIN},
	};
	int64_t shown = clock_ms() < t->typist_until ? t->typist_until : CLOCK_NEVER;
	int64_t due = earlier(earlier(session_due(s), say_due(t)), shown);
	int ms = clock_left(input ? due : earlier(due, t->c.deadline));
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	if (ready)
		ts = (struct timespec){0};
	if (ppoll(fds, 2, ms < 0 && !ready ? NULL : &ts, unblocked) < 0)
		fds[0].revents = fds[1].revents = 0;
	take_signals(t);
	session_work(s, fds[0].revents);
	if (ready || fds[1].revents != 0)
		screen_read();
	say_typing(t);
	session_work(s, 0); /* what was typed goes out at once */
}

static int
interact_run(struct talk *t, const sigset_t *unblocked)
{
	struct session *s = &t->c.session;

	while (!t->leaving && s->state != SESSION_OVER) {
		prompt(t);
		turn_history(t);
		screen_settle();
		wait_for_something(t, unblocked);
		say_tell_waiting(t);
		screen_print(&t->out);
		buf_drop(&t->out, buf_len(&t->out));
		if (follow_acknowledge(&t->follow) < 0) {
			t->code = EX_NOPERM;
			t->leaving = true;
		}
		say_read(t);
		say_away(t);
		if (takes_input(t))
			t->c.deadline = clock_ms() + t->c.o->timeout_ms;
		else if ((t->ended && all_done(t)) || clock_ms() >= t->c.deadline)
			t->leaving = true;
	}
	screen_close();
	session_work(s, 0);
	if (!t->leaving && s->thrown_out && screen_edits())
		return EX_NOPERM; /* the person will hear why */
	if (!t->leaving)
		return client_failed(s);
	if (!t->warned && session_pending(s) && clock_ms() >= t->c.deadline)
		return client_failed(s);
	return t->code;
}

/* Thrown out, but there is a person: the password, and all goes on. False: no. */
static bool
enter_again(struct talk *t)
{
	struct store *st = &t->c.store;
	char *password;
	int code = EX_NOPERM;

	if (t->leaving || !t->c.session.thrown_out || !screen_edits())
		return false;
	complain("%s", t->c.session.why);
	store_close(st); /* its lock: the login takes it */
	while (code == EX_NOPERM && (password = password_get(t->c.o->password_command, "password", false)) != NULL) {
		code = account_login(t->c.o, t->c.o->user, password);
		password_forget(password);
	}
	if (code != EX_OK ||
	    store_open(st, t->c.o->server, t->c.o->user, t->c.o->device, STORE_FOLLOWER, clock_ms()) != 1)
		return false;
	session_again(&t->c.session, st->token);
	return true;
}

static void
prepare_signals(sigset_t *unblocked)
{
	const int caught[] = {SIGINT, SIGWINCH, SIGTSTP, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t blocked;

	/* Blocked but in ppoll: no handler ever runs in the middle of anything. */
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
		sigaddset(&blocked, caught[i]);
		sigaction(caught[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
}

int
cmd_talk(const struct options *o, char **arg)
{
	static struct options opts; /* welcome() may put a name in */
	struct talk t = {.names = json_object_new_object(), .day = show_day(NULL, NULL)};
	struct edit_hooks hooks = {.line = on_line, .complete = offer, .arg = &t};
	struct session *s = &t.c.session;
	sigset_t unblocked;
	int code = EX_NOPERM;

	(void)arg;
	opts = *o;
	setlocale(LC_ALL, "");
	if (getenv("LC_ALL") == NULL && getenv("LC_CTYPE") == NULL && getenv("LANG") == NULL)
		setlocale(LC_CTYPE, "C.UTF-8"); /* nobody said anything else */
	client_visit(&t.c, &opts);
	if (account_welcome(&opts, &t.c.store) == 1) {
		session_free(s);
		session_init(s, opts.server, &opts.tls, t.c.store.token);
		s->on_up = hear_up;
		s->on_down = hear_down;
		s->on_event = hear_event;
		s->on_stalled = hear_stalled;
		s->arg = &t;
		follow_init(&t.follow, &t.c.store, s);
		prepare_signals(&unblocked);
		do {
			screen_open(&hooks);
			code = interact_run(&t, &unblocked);
		} while (enter_again(&t));
	}
	talk_free(&t);
	return code;
}
