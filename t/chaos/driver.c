/* SPDX-License-Identifier: ISC */
/* driver - the clients of the chaos run: they talk the native protocol and never believe that
 * anything worked before it was said. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "chaos.h"
#include "lib/jw.h"
#include "lib/mem.h"

#define REPLY_MS 5000
#define IN_FLIGHT 16
#define LOGINS 4 /* at once: hashing a password is slow on purpose */
#define CONNECT_MS 5000

struct world w;
static FILE *logfile;
static uint64_t rng;

int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t
rnd(uint64_t n)
{
	uint64_t z = rng += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return (z ^ z >> 31) % n;
}

void
broken(int rule, const char *fmt, ...)
{
	va_list ap;

	if (++w.broken[rule] > 8)
		return;
	fprintf(stderr, "# R%d broken at %.1f s: ", rule, (double)(now_ms() - w.began) / 1000);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
record(const char *fmt, ...)
{
	va_list ap;

	if (logfile == NULL)
		return;
	fprintf(logfile, "%lld ", (long long)(now_ms() - w.began));
	va_start(ap, fmt);
	vfprintf(logfile, fmt, ap);
	va_end(ap);
	fputc('\n', logfile);
}

static const char *
name_of(const struct client *c)
{
	static char s[4][64];
	static int i;

	i = (i + 1) % 4;
	snprintf(s[i], sizeof(s[i]), "%s@%s", w.users[c->user].name, c->device);
	return s[i];
}

/* Texts */

void
text_cid(int i, char cid[48])
{
	snprintf(cid, 48, "%s.%d", w.o.prefix, i);
}

char *
text_words(int i)
{
	static const char *const bits[] = {"a", "e", " ", "0", "\"", "\\", "\n", "é", "漢",
	    "🙂", "</", "\t", "x", "y", "z", "\x7f"};
	struct buf b = {0};
	uint64_t h = (uint64_t)i * 0x9E3779B97F4A7C15u;
	size_t len = i % 997 == 996 ? 12000 : (size_t)(h >> 33) % (size_t)(w.o.pad + 1);

	buf_addf(&b, "%s.%d ", w.o.prefix, i);
	while (buf_len(&b) < len) {
		h = h * 6364136223846793005u + 1442695040888963407u;
		buf_adds(&b, bits[h >> 60]);
	}
	buf_addc(&b, '\0');
	return buf_data(&b);
}

int
text_number(const char *s)
{
	size_t n = strlen(w.o.prefix);
	char *end;
	long i;

	if (strncmp(s, w.o.prefix, n) != 0 || s[n] != '.')
		return -1;
	i = strtol(s + n + 1, &end, 10);
	if (end == s + n + 1 || (*end != ' ' && *end != '\0') || i < 0 ||
	    (size_t)i >= w.n_texts)
		return -1;
	return (int)i;
}

static int
text_new(int client, int target)
{
	if (w.n_texts == w.cap_texts) {
		w.cap_texts = w.cap_texts != 0 ? w.cap_texts * 2 : 4096;
		w.texts = mem_realloc(w.texts, w.cap_texts * sizeof(w.texts[0]));
	}
	w.texts[w.n_texts] = (struct text){.client = client, .target = target};
	return (int)w.n_texts++;
}

/* Views */

struct view *
view_of(struct client *c, int64_t conv)
{
	for (size_t i = 0; i < c->n_views; i++)
		if (c->views[i].conv == conv)
			return &c->views[i];
	if (c->n_views == c->cap_views) {
		c->cap_views = c->cap_views != 0 ? c->cap_views * 2 : 8;
		c->views = mem_realloc(c->views, c->cap_views * sizeof(c->views[0]));
	}
	c->views[c->n_views] = (struct view){.conv = conv, .last = -1};
	return &c->views[c->n_views++];
}

bool
view_has(const struct view *v, int64_t seq)
{
	return seq > 0 && (size_t)seq < v->cap && v->got[seq];
}

static void
mark(struct view *v, int64_t seq)
{
	if ((size_t)seq >= v->cap) {
		size_t cap = (size_t)seq * 2 + 64;

		v->got = mem_realloc(v->got, cap);
		memset(v->got + v->cap, 0, cap - v->cap);
		v->cap = cap;
	}
	v->got[seq] = 1;
}

/* R3: what stands at (conv, seq), for all who see it. Entries that are no texts are their kind
 * and sender. */
struct entry {
	int64_t what; /* 0: nobody saw it; > 0: text number + 1; < 0: kind and sender */
};
static struct {
	int64_t conv;
	struct entry *at;
	size_t cap;
} * logs;
static size_t n_logs;

static void
same_for_all(const struct client *c, int64_t conv, int64_t seq, int64_t what)
{
	size_t i = 0;

	while (i < n_logs && logs[i].conv != conv)
		i++;
	if (i == n_logs) {
		logs = mem_realloc(logs, ++n_logs * sizeof(logs[0]));
		memset(&logs[i], 0, sizeof(logs[i]));
		logs[i].conv = conv;
	}
	if ((size_t)seq >= logs[i].cap) {
		size_t cap = (size_t)seq * 2 + 64;

		logs[i].at = mem_realloc(logs[i].at, cap * sizeof(struct entry));
		memset(logs[i].at + logs[i].cap, 0, (cap - logs[i].cap) * sizeof(struct entry));
		logs[i].cap = cap;
	}
	if (logs[i].at[seq].what == 0)
		logs[i].at[seq].what = what;
	else if (logs[i].at[seq].what != what)
		broken(3, "%s sees %lld at (%lld, %lld), others %lld", name_of(c),
		    (long long)what, (long long)conv, (long long)seq,
		    (long long)logs[i].at[seq].what);
}

/* The link */

static void
lost(struct client *c, const char *why, int64_t wait)
{
	if (c->state == DOWN)
		return;
	record("%s link lost: %s", name_of(c), why);
	w.links_lost++;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = DOWN;
	c->synced = false;
	buf_free(&c->in);
	buf_free(&c->out);
	for (; c->n > 0; c->n--, c->first = (c->first + 1) % 64) {
		struct pending *p = &c->pending[c->first];

		if (p->what != ASK_SEND)
			continue;
		w.texts[p->arg].unknown = true;
		w.unknowns++;
		if (c->n_again == c->cap_again) {
			c->cap_again = c->cap_again * 2 + 16;
			c->again = mem_realloc(c->again, c->cap_again * sizeof(int));
		}
		c->again[c->n_again++] = p->arg;
	}
	c->first = 0;
	c->again_at = 0;
	for (size_t i = 0; i < c->n_views; i++) {
		c->views[i].last = -1;
		c->views[i].acked = 0;
	}
	if (wait == 0) {
		c->backoff = c->backoff == 0         ? 50
			     : c->backoff * 2 > 2000 ? 2000
						     : c->backoff * 2;
		wait = c->backoff / 2 + (int64_t)rnd((uint64_t)c->backoff);
	}
	c->at = now_ms() + wait;
}

static void
dial(struct client *c)
{
	const char *addr = w.o.addr[rnd((uint64_t)w.o.addrs)], *colon = strrchr(addr, ':');
	struct sockaddr_in sin = {.sin_family = AF_INET};
	char host[64];
	int on = 1;

	snprintf(host, sizeof(host), "%.*s", (int)(colon - addr), addr);
	sin.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1) {
		fprintf(stderr, "driver: %s is no address\n", addr);
		exit(64);
	}
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->state = CONNECTING;
	c->at = now_ms() + CONNECT_MS;
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 && errno != EINPROGRESS)
		lost(c, strerror(errno), 0);
}

static void
ask(struct client *c, enum asked what, int arg)
{
	struct pending *p = &c->pending[(c->first + c->n++) % 64];

	buf_addc(&c->out, '\n');
	*p = (struct pending){what, arg,
	    now_ms() + (what == ASK_LOGIN || what == ASK_REGISTER ? 30000 : REPLY_MS)};
	if (what == ASK_RESUME)
		p->due += 10000; /* it waits for the bus and for the database */
}

static void
greet(struct client *c)
{
	struct user *u = &w.users[c->user];

	c->state = GREETING;
	if (c->token[0] != '\0') {
		buf_addf(&c->out, "{\"op\":\"resume\",\"token\":\"%s\"}", c->token);
		ask(c, ASK_RESUME, 0);
		return;
	}
	if (!u->registered) {
		buf_addf(&c->out,
		    "{\"op\":\"register\",\"name\":\"%s\",\"password\":\"%s-password\"}",
		    u->name, u->name);
		ask(c, ASK_REGISTER, 0);
	}
	buf_addf(&c->out,
	    "{\"op\":\"login\",\"name\":\"%s\",\"password\":\"%s-password\",\"device\":\"%s\"}",
	    u->name, u->name, c->device);
	ask(c, ASK_LOGIN, 0);
}

/* Asking */

static void
send_text(struct client *c, int i)
{
	struct text *t = &w.texts[i];
	struct target *to = &w.targets[t->target];
	char cid[48], *words = text_words(i);

	text_cid(i, cid);
	if (t->attempts++ == 0)
		t->floor = to->conv != 0 ? view_of(c, to->conv)->told : 0;
	else
		w.resends++;
	jw_open(&c->out, NULL, '{');
	jw_str(&c->out, "op", "send");
	jw_int(&c->out, "rid", i);
	jw_str(&c->out, to->group ? "group" : "to", to->name);
	jw_str(&c->out, "cid", cid);
	if (w.o.forge && i % 16 == 3) {
		jw_str(&c->out, "from", w.users[0].name);
		jw_int(&c->out, "sender", w.users[0].id);
		jw_int(&c->out, "seq", 1);
	}
	jw_str(&c->out, "text", words);
	jw_close(&c->out, '}');
	ask(c, ASK_SEND, i);
	record("%s invoked %s attempt %d", name_of(c), cid, t->attempts);
	free(words);
}

static void
acknowledge(struct client *c)
{
	for (size_t i = 0; i < c->n_views; i++) {
		struct view *v = &c->views[i];

		if (v->last <= v->acked)
			continue;
		buf_addf(&c->out, "{\"op\":\"ack\",\"conv\":%lld,\"seq\":%lld}\n",
		    (long long)v->conv, (long long)v->last);
		v->acked = v->last;
		record(
		    "%s acked %lld %lld", name_of(c), (long long)v->conv, (long long)v->last);
	}
	c->ack_at = INT64_MAX;
}

/* Hearing */

static const char *
str(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string)
		   ? json_object_get_string(v)
		   : "";
}

static int64_t
num(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static struct json_object *
sub(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static int
user_of(const char *name)
{
	for (int i = 0; i < w.n_users; i++)
		if (strcmp(w.users[i].name, name) == 0)
			return i;
	return -1;
}

/*
 * An older session of this device, stuck until now, may store what was acknowledged
 * to it; the present one then goes on behind that. Only over what the device has had.
 */
static bool
had_between(const struct view *v, int64_t last, int64_t seq)
{
	while (++last < seq)
		if (!view_has(v, last))
			return false;
	return last == seq;
}

/* With --prompt: whatever the bus lost, who is connected does not wait long for a text. */
static void
is_prompt(const struct client *c, int i)
{
	int64_t from = w.texts[i].ok_at > c->up_at ? w.texts[i].ok_at : c->up_at,
		late = now_ms() - from;

	if (w.o.prompt == 0 || w.texts[i].ok_at == 0 || c->up_at == 0 || w.quiet ||
	    late <= w.o.prompt)
		return;
	broken(2, "text %d came to %s %lld ms after its acknowledgement or the login", i,
	    name_of(c), (long long)late);
}

static void
hear_message(struct client *c, struct json_object *o)
{
	int64_t conv = num(o, "conv"), seq = num(o, "seq");
	const char *kind = str(o, "kind"), *from = str(sub(o, "from"), "name"),
		   *cid = str(o, "cid");
	struct view *v = view_of(c, conv);
	bool own_join = strcmp(kind, "join") == 0 && strcmp(from, w.users[c->user].name) == 0;
	int user = user_of(from);

	w.events++;
	record("%s delivered %lld %lld %s %s", name_of(c), (long long)conv, (long long)seq,
	    kind, from);
	if (strcmp(kind, "text") == 0) {
		int i = text_number(str(o, "text"));
		char *words = i >= 0 ? text_words(i) : NULL, own[48];

		if (i < 0 || strcmp(words, str(o, "text")) != 0)
			broken(6, "%s got words nobody said at (%lld, %lld) from %s",
			    name_of(c), (long long)conv, (long long)seq, from);
		else {
			text_cid(i, own);
			if (w.clients[w.texts[i].client].user != user)
				broken(6, "%s got %s from %s, which %s said", name_of(c), own,
				    from, name_of(&w.clients[w.texts[i].client]));
			if (w.texts[i].state == OK &&
			    (w.texts[i].conv != conv || w.texts[i].seq != seq))
				broken(3,
				    "%s got %s at (%lld, %lld), the sender was told (%lld, "
				    "%lld)",
				    name_of(c), own, (long long)conv, (long long)seq,
				    (long long)w.texts[i].conv, (long long)w.texts[i].seq);
			if (cid[0] != '\0' && strcmp(cid, own) != 0)
				broken(3, "%s got %s with the cid %s", name_of(c), own, cid);
			same_for_all(c, conv, seq, i + 1);
			is_prompt(c, i);
		}
		free(words);
	} else {
		same_for_all(c, conv, seq, -(kind[0] * INT64_C(100000) + user + 1));
	}
	if (v->last >= 0 && seq != v->last + 1 && !(own_join && seq > v->last) &&
	    !had_between(v, v->last, seq))
		broken(4, "%s got (%lld, %lld) after %lld on one connection", name_of(c),
		    (long long)conv, (long long)seq, (long long)v->last);
	if (view_has(v, seq))
		w.repeats++;
	mark(v, seq);
	v->last = seq;
	if (c->wanders >= 0 && user == c->user && conv == w.targets[c->wanders].conv)
		c->inside = own_join || (c->inside && strcmp(kind, "leave") != 0);
	if (!c->lazy && rnd(3) == 0)
		acknowledge(c);
	else if (c->ack_at == INT64_MAX)
		c->ack_at = now_ms() + (c->lazy ? 2000 : 200);
}

static void
told_ok(struct client *c, int i, struct json_object *o)
{
	struct text *t = &w.texts[i];
	int64_t conv = num(o, "conv"), seq = num(o, "seq");
	bool dup = sub(o, "dup") != NULL;
	struct view *v = view_of(c, conv);
	char cid[48];

	text_cid(i, cid);
	record("%s ok %s %lld %lld%s", name_of(c), cid, (long long)conv, (long long)seq,
	    dup ? " dup" : "");
	if (t->state == OK && (t->conv != conv || t->seq != seq))
		broken(3, "%s was first (%lld, %lld), then (%lld, %lld)", cid,
		    (long long)t->conv, (long long)t->seq, (long long)conv, (long long)seq);
	if (t->state != OK)
		w.oks++;
	if (t->ok_at == 0)
		t->ok_at = now_ms();
	t->state = OK;
	t->conv = conv;
	t->seq = seq;
	same_for_all(c, conv, seq, i + 1);
	mark(v, seq);
	if (w.targets[t->target].conv == 0)
		w.targets[t->target].conv = conv;
	if (seq > v->told)
		v->told = seq;
	if (dup) {
		w.dups++;
		return;
	}
	/* With a full window answers come before what others said earlier: they are no position
	 * then. */
	if (seq == v->last + 1 || (v->last < 0 && c->synced))
		v->last = seq;
	else if (seq > v->last + 1)
		w.aheads++;
	else
		broken(4, "%s was told (%lld, %lld) after %lld on one connection", name_of(c),
		    (long long)conv, (long long)seq, (long long)v->last);
	if (c->ack_at == INT64_MAX)
		c->ack_at = now_ms() + 200;
}

static void
once_more(struct client *c, int i)
{
	w.texts[i].unknown = true;
	w.unknowns++;
	if (c->n_again == c->cap_again) {
		c->cap_again = c->cap_again * 2 + 16;
		c->again = mem_realloc(c->again, c->cap_again * sizeof(int));
	}
	c->again[c->n_again++] = i;
	c->again_at = now_ms() + 100 + (int64_t)rnd(400);
}

static void
hear_send(struct client *c, int i, bool ok, struct json_object *o)
{
	const char *error = str(o, "error");

	if (num(o, "rid") != i)
		broken(0, "%s got a reply to %lld where one to %d was due", name_of(c),
		    (long long)num(o, "rid"), i);
	if (ok) {
		told_ok(c, i, o);
	} else if (strcmp(error, "unavailable") == 0 || strcmp(error, "rate_limited") == 0) {
		once_more(c, i);
	} else if (strcmp(error, "internal") == 0) {
		if (w.internals++ < 5)
			fprintf(stderr, "# internal: %s\n", str(o, "message"));
		once_more(c, i);
	} else if (strcmp(error, "forbidden") == 0 && w.targets[w.texts[i].target].group) {
		record("%s refused %d", name_of(c), i);
		if (w.texts[i].state == OK)
			broken(3, "text %d was stored and is refused now", i);
		w.texts[i].state = REFUSED;
		w.refused++;
	} else {
		broken(0, "%s: text %d is answered %s %s", name_of(c), i, error,
		    str(o, "message"));
	}
}

static void
hear_session(struct client *c, struct json_object *o)
{
	struct json_object *groups = sub(o, "groups");

	snprintf(c->token, sizeof(c->token), "%s", str(o, "token"));
	w.users[c->user].id = num(sub(o, "user"), "id");
	c->state = UP;
	c->up_at = now_ms();
	c->backoff = 0;
	if (c->wanders >= 0 && groups != NULL) {
		c->inside = false;
		for (size_t i = 0; i < json_object_array_length(groups); i++)
			if (strcmp(str(json_object_array_get_idx(groups, i), "name"),
				w.targets[c->wanders].name) == 0)
				c->inside = true;
	}
	record("%s session", name_of(c));
}

static void
hear_reply(struct client *c, struct json_object *o)
{
	struct pending p = c->pending[c->first];
	bool ok = json_object_get_boolean(sub(o, "ok"));
	const char *error = str(o, "error");
	int64_t late = now_ms() - (p.due - REPLY_MS);

	if (c->n == 0) {
		broken(0, "%s got a reply to nothing: %s", name_of(c),
		    json_object_to_json_string(o));
		return;
	}
	c->first = (c->first + 1) % 64;
	c->n--;
	if (p.what == ASK_SEND && late > 1000)
		w.late++;
	switch (p.what) {
	case ASK_REGISTER:
		if (ok || strcmp(error, "name_taken") == 0)
			w.users[c->user].registered = true;
		break;
	case ASK_LOGIN:
	case ASK_RESUME:
		if (ok)
			hear_session(c, o);
		else if (strcmp(error, "bad_credentials") == 0 && p.what == ASK_RESUME)
			broken(0, "the token of %s is not taken", name_of(c));
		if (!ok)
			lost(c, error, 200 + (int64_t)rnd(800));
		break;
	case ASK_CREATE:
	case ASK_JOIN:
		if (ok)
			w.targets[p.arg].conv = num(sub(o, "group"), "id");
		if (ok && p.what == ASK_JOIN && c->wanders == p.arg)
			c->inside = true;
		else if (!ok && strcmp(error, "unavailable") != 0 &&
			 strcmp(error, "name_taken") != 0)
			broken(0, "%s: group answered %s %s", name_of(c), error,
			    str(o, "message"));
		break;
	case ASK_LEAVE:
		if (ok)
			c->inside = false;
		else if (strcmp(error, "forbidden") == 0)
			c->inside = false; /* the first time was heard, its answer not */
		break;
	case ASK_SEND:
		hear_send(c, p.arg, ok, o);
		break;
	case ASK_PING:
		c->said_pong = ok;
		break;
	}
}

static void
hear(struct client *c, char *line)
{
	struct json_object *o = json_tokener_parse(line);
	const char *ev;

	if (o == NULL || !json_object_is_type(o, json_type_object)) {
		broken(0, "%s got no object: %.80s", name_of(c), line);
		return;
	}
	ev = str(o, "ev");
	if (ev[0] == '\0')
		hear_reply(c, o);
	else if (strcmp(ev, "message") == 0)
		hear_message(c, o);
	else if (strcmp(ev, "synced") == 0)
		c->synced = true;
	else if (strcmp(ev, "ping") == 0)
		buf_adds(&c->out, "{\"op\":\"pong\"}\n");
	else if (strcmp(ev, "bus") == 0)
		w.degraded += strcmp(str(o, "state"), "degraded") == 0;
	else if (strcmp(ev, "bye") == 0) {
		int64_t wait = num(o, "retry_after_ms");

		w.byes++;
		record("%s bye %s", name_of(c), str(o, "reason"));
		if (strcmp(str(o, "reason"), "abuse") == 0)
			broken(0, "%s is told bye abuse", name_of(c));
		/* An earlier attempt of ours, dead by now, may be heard after a later one. */
		w.replaced += strcmp(str(o, "reason"), "replaced") == 0;
		lost(c, "bye", 1 + (wait > 1000 ? 1000 : wait) + (int64_t)rnd(300));
	}
	json_object_put(o);
}

static void
read_link(struct client *c)
{
	ssize_t n = read(c->fd, buf_room(&c->in, 65536), 65536);
	char *line, *end;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			lost(c, n == 0 ? "closed" : strerror(errno), 0);
		return;
	}
	buf_grew(&c->in, (size_t)n);
	while (buf_len(&c->in) > 0 &&
	       (end = memchr(line = buf_data(&c->in), '\n', buf_len(&c->in))) != NULL) {
		size_t len = (size_t)(end - line) + 1;

		*end = '\0';
		line = mem_strdup(line);
		buf_drop(&c->in, len);
		hear(c, line);
		free(line);
	}
}

static void
write_link(struct client *c)
{
	while (buf_len(&c->out) > 0) {
		ssize_t n = send(c->fd, buf_data(&c->out), buf_len(&c->out), MSG_NOSIGNAL);

		if (n > 0) {
			buf_drop(&c->out, (size_t)n);
		} else {
			if (errno != EAGAIN && errno != EINTR)
				lost(c, strerror(errno), 0);
			return;
		}
	}
}

/* Mishaps of the client's own */

static void
mishap(struct client *c)
{
	struct linger reset = {1, 0};
	int64_t now = now_ms();

	switch (rnd(4)) {
	case 0:
		lost(c, "own: closed", 1 + (int64_t)rnd(500));
		break;
	case 1:
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		lost(c, "own: reset", 1 + (int64_t)rnd(500));
		break;
	case 2: /* half open: the server hears nothing of our going */
		if (c->old_fd >= 0)
			close(c->old_fd);
		c->old_fd = c->fd;
		c->old_until = now + 8000;
		c->fd = -1;
		lost(c, "own: half open", 1 + (int64_t)rnd(500));
		break;
	case 3:
		c->deaf_until = now + 2000 + (int64_t)rnd(6000);
		record("%s deaf", name_of(c));
		break;
	}
}

static int64_t
gap_of(double mean_ms)
{
	return 1 + (int64_t)(mean_ms / 2 + (double)rnd(1000) / 1000 * mean_ms);
}

static void
wander(struct client *c)
{
	struct target *t = &w.targets[c->wanders];

	if (c->n > 0 || c->n_again > 0) {
		c->wander_at =
		    now_ms() + 50; /* what is open belongs to the present membership */
		return;
	}
	buf_addf(&c->out, "{\"op\":\"group_%s\",\"group\":\"%s\"}",
	    c->inside ? "leave" : "join", t->name);
	ask(c, c->inside ? ASK_LEAVE : ASK_JOIN, c->wanders);
	record("%s %s %s", name_of(c), c->inside ? "leaves" : "joins", t->name);
	c->wander_at = now_ms() + 500 + (int64_t)rnd(4000);
}

static void
up_work(struct client *c, int64_t now)
{
	if (c->n > 0 && now > c->pending[c->first].due) {
		lost(c, "no reply in time", 1 + (int64_t)rnd(300));
		return;
	}
	if (c->state != UP)
		return;
	if (now >= c->ack_at && now >= c->deaf_until)
		acknowledge(c);
	while (c->n_again > 0 && c->n < IN_FLIGHT && now >= c->again_at) {
		int i = c->again[0];

		memmove(c->again, c->again + 1, --c->n_again * sizeof(int));
		send_text(c, i);
	}
	if (!w.sending || now < c->deaf_until)
		return;
	if (c->wanders >= 0 && w.o.wander && now >= c->wander_at)
		wander(c);
	if (now >= c->send_at && c->n_again == 0 && c->n < IN_FLIGHT && c->n_targets > 0) {
		int burst = rnd(4) == 0 ? 3 : 1;

		c->send_at +=
		    gap_of(1000.0 * 1.5 / w.o.rate); /* 1.5 texts each time, on average */
		if (c->send_at < now - 1000)
			c->send_at = now;
		while (burst-- > 0 && c->n < IN_FLIGHT)
			send_text(c, text_new((int)(c - w.clients),
					 c->targets[rnd((uint64_t)c->n_targets)]));
		/* Now and then ask again for something that was answered long ago. */
		if (rnd(100) == 0 && w.n_texts > 50) {
			int i = (int)rnd(w.n_texts);

			if (w.texts[i].client == (int)(c - w.clients) &&
			    w.texts[i].state == OK &&
			    !(c->wanders >= 0 && w.texts[i].target == c->wanders))
				send_text(c, i);
		}
	}
	if (w.o.breaks > 0 && now >= c->break_at) {
		c->break_at = now + gap_of(w.o.breaks * 1000);
		mishap(c);
	}
}

static void
work(struct client *c, int64_t now, int *logins)
{
	if (c->old_fd >= 0 && now >= c->old_until) {
		close(c->old_fd);
		c->old_fd = -1;
	}
	switch (c->state) {
	case DOWN:
		if (now < c->at)
			break;
		if (c->token[0] == '\0') {
			if (*logins >= LOGINS ||
			    (strcmp(c->device, "a") != 0 && !w.users[c->user].registered))
				break;
			++*logins;
		}
		dial(c);
		break;
	case CONNECTING:
		if (now >= c->at)
			lost(c, "no connection in time", 0);
		break;
	case GREETING:
	case UP:
		up_work(c, now);
		break;
	}
}

static void
turn(void)
{
	struct pollfd *p = mem_alloc((size_t)w.n_clients * sizeof(*p));
	int64_t now = now_ms();
	int logins = 0;

	for (int i = 0; i < w.n_clients; i++)
		logins += w.clients[i].token[0] == '\0' && w.clients[i].state != DOWN;
	for (int i = 0; i < w.n_clients; i++) {
		struct client *c = &w.clients[i];

		work(c, now, &logins);
		if (c->state == UP || c->state == GREETING)
			write_link(c);
		p[i].fd = c->state == DOWN ? -1 : c->fd;
		p[i].events = c->state == CONNECTING ? POLLOUT
			      : buf_len(&c->out) > 0 ? POLLOUT
						     : 0;
		if (c->state != CONNECTING && now >= c->deaf_until)
			p[i].events |= POLLIN;
	}
	poll(p, (nfds_t)w.n_clients, 10);
	for (int i = 0; i < w.n_clients; i++) {
		struct client *c = &w.clients[i];
		int error = 0;
		socklen_t len = sizeof(error);

		if (p[i].revents == 0 || c->state == DOWN)
			continue;
		if (c->state == CONNECTING) {
			getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
			if (error != 0)
				lost(c, strerror(error), 0);
			else
				greet(c);
			continue;
		}
		if (p[i].events & POLLIN)
			read_link(c);
		if (c->state != DOWN)
			write_link(c);
	}
	free(p);
}

/* The course of a run */

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
populate(void)
{
	int n = w.o.pairs * 2;

	w.n_users = n;
	w.users = mem_alloc((size_t)n * sizeof(w.users[0]));
	w.n_clients = n + w.o.devices;
	w.clients = mem_alloc((size_t)w.n_clients * sizeof(w.clients[0]));
	w.n_targets = n + w.o.groups;
	w.targets = mem_alloc((size_t)w.n_targets * sizeof(w.targets[0]));
	for (int i = 0; i < n; i++)
		snprintf(w.users[i].name, sizeof(w.users[i].name), "%s-%d%c", w.o.prefix, i / 2,
		    "ab"[i % 2]);
	for (int i = 0; i < w.n_clients; i++) {
		struct client *c = &w.clients[i];

		*c = (struct client){.user = i % n,
		    .fd = -1,
		    .old_fd = -1,
		    .wanders = -1,
		    .ack_at = INT64_MAX,
		    .lazy = i % 16 == 5};
		snprintf(c->device, sizeof(c->device), "%c", 'a' + i / n);
		c->targets[c->n_targets++] = c->user; /* targets[u]: from user u to its peer */
	}
	for (int i = 0; i < n; i++)
		snprintf(
		    w.targets[i].name, sizeof(w.targets[i].name), "%s", w.users[i ^ 1].name);
	for (int g = 0; g < w.o.groups; g++) {
		w.targets[n + g].group = true;
		snprintf(w.targets[n + g].name, sizeof(w.targets[n + g].name), "%s-g%d",
		    w.o.prefix, g);
	}
}

/* User m of group g: the first one creates it, the last one comes and goes. */
static int
member_of(int g, int m)
{
	return (g * 5 + m) % w.n_users;
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

static void
take_options(int argc, char **argv)
{
	static const struct option names[] = {{"addr", 1, NULL, 'a'}, {"pairs", 1, NULL, 'p'},
	    {"groups", 1, NULL, 'g'}, {"members", 1, NULL, 'm'}, {"devices", 1, NULL, 'd'},
	    {"rate", 1, NULL, 'r'}, {"seconds", 1, NULL, 't'}, {"drain", 1, NULL, 'D'},
	    {"breaks", 1, NULL, 'b'}, {"pad", 1, NULL, 'P'}, {"stay", 0, NULL, 's'},
	    {"forge", 0, NULL, 'f'}, {"no-wander", 0, NULL, 'w'}, {"prefix", 1, NULL, 'x'},
	    {"master", 1, NULL, 'M'}, {"ready", 1, NULL, 'R'}, {"deaf", 1, NULL, 'e'},
	    {"prompt", 1, NULL, 'q'}, {"until", 1, NULL, 'u'}, {"log", 1, NULL, 'l'},
	    {"seed", 1, NULL, 'S'}, {NULL, 0, NULL, 0}};
	int ch;

	w.o = (struct options){.pairs = 10,
	    .groups = 2,
	    .members = 5,
	    .devices = 2,
	    .rate = 10,
	    .seconds = 20,
	    .drain = 60,
	    .breaks = 20,
	    .pad = 120,
	    .prefix = "c",
	    .seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 20,
	    .wander = true};
	while ((ch = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (ch) {
		case 'a':
			w.o.addr[w.o.addrs++ % 8] = optarg;
			break;
		case 'p':
			w.o.pairs = atoi(optarg);
			break;
		case 'g':
			w.o.groups = atoi(optarg);
			break;
		case 'm':
			w.o.members = atoi(optarg);
			break;
		case 'd':
			w.o.devices = atoi(optarg);
			break;
		case 'r':
			w.o.rate = atof(optarg);
			break;
		case 't':
			w.o.seconds = atof(optarg);
			break;
		case 'D':
			w.o.drain = atof(optarg);
			break;
		case 'b':
			w.o.breaks = atof(optarg);
			break;
		case 'P':
			w.o.pad = atoi(optarg);
			break;
		case 's':
			w.o.stay = true;
			break;
		case 'f':
			w.o.forge = true;
			break;
		case 'w':
			w.o.wander = false;
			break;
		case 'x':
			w.o.prefix = optarg;
			break;
		case 'M':
			w.o.masters[w.o.n_masters++ % 8] = optarg;
			break;
		case 'R':
			w.o.ready = optarg;
			break;
		case 'l':
			w.o.log = optarg;
			break;
		case 'u':
			w.o.until = optarg;
			break;
		case 'q':
			w.o.prompt = atoi(optarg);
			break;
		case 'e':
			w.o.deaf = atoi(optarg);
			break;
		case 'S':
			w.o.seed = strtoull(optarg, NULL, 0);
			break;
		default:
			exit(64);
		}
	if (w.o.addrs == 0 || w.o.pairs < 1 || w.o.devices > w.o.pairs * 2 ||
	    w.o.members > w.o.pairs * 2) {
		fprintf(stderr,
		    "usage: driver --addr HOST:PORT [--pairs N] [--groups N] "
		    "[--members N] [--devices N] [--rate R]\n"
		    "	[--seconds T] [--drain T] [--breaks T] [--pad BYTES] "
		    "[--stay] [--forge] [--no-wander]\n"
		    "	[--prefix P] [--deaf N] [--prompt MS] [--until FILE] [--master "
		    "PIDFILE]… [--ready FILE] [--log "
		    "FILE] [--seed N]\n");
		exit(64);
	}
}

int
main(int argc, char **argv)
{
	struct rlimit r;
	int bad = 0;

	signal(SIGPIPE, SIG_IGN);
	take_options(argc, argv);
	rng = w.o.seed;
	printf("seed %llu\n", (unsigned long long)w.o.seed);
	fflush(stdout);
	if (w.o.log != NULL && (logfile = fopen(w.o.log, "w")) == NULL)
		perror(w.o.log);
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	w.began = now_ms();
	populate();
	everybody_in("start");
	found_groups();
	w.began = now_ms();
	for (int i = 0; i < w.n_clients; i++) {
		w.clients[i].send_at = w.began + (int64_t)rnd(1000);
		w.clients[i].wander_at = w.began + (int64_t)rnd(3000);
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
	check_all();
	check_sessions(false);
	for (int i = 0; i < w.n_clients; i++) {
		if (w.clients[i].fd >= 0)
			close(w.clients[i].fd);
		if (w.clients[i].old_fd >= 0)
			close(w.clients[i].old_fd);
	}
	check_sessions(true);
	printf("%zu texts: %ld acknowledged, %ld refused; %ld outcomes unknown, %ld sent "
	       "again, %ld answered as repeats, %ld late\n",
	    w.n_texts, w.oks, w.refused, w.unknowns, w.resends, w.dups, w.late);
	printf("%ld events, %ld of them repetitions; %ld links lost, %ld goodbyes (%ld "
	       "replaced), %ld times "
	       "degraded, %ld replies ahead, %ld internal\n",
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
