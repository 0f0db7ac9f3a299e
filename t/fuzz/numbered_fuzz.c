/* SPDX-License-Identifier: ISC */
/*
 * numbered_fuzz - a client of each numbered table: what it is given is frames of at most 1,024 bytes, each an object with
 * its NUL, the next one only after the last was taken; whatever it says, whoever is on its lists, whatever it is told.
 */
#include <json-c/json.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front/numbered_state.h"
#include "lib/jw.h"
#include "t/fuzz/client.h"

enum error __wrap_table_call(struct session *s, struct req *rq);
enum error __wrap_db_user_dialect(struct db *db, int64_t user, const char *letter);

/* A list of objects as the handlers write them; the input says how many, and their names. */
static void
list(struct buf *b, const char *key, const char *words)
{
	jw_open(b, key, '[');
	for (unsigned n = next_byte() % 64; n > 0; n--) {
		char name[256];

		snprintf(name, sizeof(name), "%s", next_text());
		name[utf8_fit(name, strlen(name), 200)] = '\0';
		jw_open(b, NULL, '{');
		jw_int(b, "id", n);
		jw_str(b, "name", name);
		for (const char *w = words; *w != '\0'; w += strlen(w) + 1)
			jw_str(b, w, name);
		jw_close(b, '}');
	}
	jw_close(b, ']');
}

enum error
__wrap_table_call(struct session *s, struct req *rq)
{
	static const enum error errors[] = {E_FORBIDDEN, E_UNAVAILABLE, E_NAME_TAKEN, E_BAD_CREDENTIALS, E_ALREADY_LOGGED_IN, E_RATE_LIMITED};
	unsigned how = next_byte();
	const char *op = "";

	MUST(want_str(rq, "op", 1, 20, &op) == E_OK);
	if (how & 0x80)
		return rq->error = errors[how % (sizeof(errors) / sizeof(*errors))];
	if (strcmp(op, "logout") == 0)
		s->user = 0;
	if (strcmp(op, "login") == 0) {
		s->user = 7;
		s->dialect = "\0abc"[how & 3];
	}
	if (strcmp(op, "login") == 0 || strcmp(op, "register") == 0)
		jw_named(&rq->body, "user", 7, "seven");
	if (strcmp(op, "login") == 0) {
		list(&rq->body, "friends", "state\0");
		list(&rq->body, "groups", "description\0");
	}
	if (strcmp(op, "group_members") == 0)
		list(&rq->body, "members", "role\0state\0");
	return rq->error;
}

enum error
__wrap_db_user_dialect(struct db *db, int64_t user, const char *letter)
{
	(void)db;
	MUST(user == 7 && letter[0] >= 'a' && letter[0] <= 'c');
	return next_byte() & 1 ? E_OK : E_UNAVAILABLE;
}

static void
message(struct client *c)
{
	static char text[16384];
	unsigned how = next_byte(), times = how & 0x80 ? 1 + next_byte() / 4 : 1;
	const char *piece = next_text();
	struct entry e = {.conv = 1, .seq = how, .kind = how & 1 ? "text" : "join", .from_id = how & 2 ? 7 : 8, .from_name = "eight", .text = text,
	    .at = "2026-01-02T03:04:05.678901Z", .is_group = (how & 4) != 0, .to_id = 7, .to_name = "seven"};
	struct event said = {.kind = EVENT_MESSAGE, .entry = &e};

	text[0] = '\0';
	for (size_t at = 0; times > 0; times--, at += strlen(piece))
		memcpy(text + at, piece, strlen(piece) + 1);
	c->front->event(c->self, &said);
}

/* A line of the bus, which is an object in any case (record_fuzz). */
static void
line(struct client *c)
{
	enum event_kind kind = next_byte() & 1 ? EVENT_MESSAGE : EVENT_ANNOUNCE;
	const char *text = next_text();
	struct event said = {.kind = kind, .line = text, .len = strlen(text)};
	struct door door;
	size_t used;

	door_init(&door);
	if (door_scan(&door, text, strlen(text), 256, &used) == DOOR_OBJECT)
		c->front->event(c->self, &said);
}

/* The client reads once, as the known ones do. */
static void
take(int fd)
{
	char frame[FRAME_MAX];
	ssize_t n = recv(fd, frame, sizeof(frame), 0);
	struct json_object *o;

	if (n <= 0)
		return;
	MUST(frame[n - 1] == '\0' && memchr(frame, '\0', (size_t)n) == frame + n - 1);
	o = json_tokener_parse(frame);
	MUST(json_object_is_type(o, json_type_object));
	json_object_put(o);
}

static bool
say(struct client *c)
{
	static const struct event bye = {.kind = EVENT_BYE, .word = "shutdown"};
	const char *text = next_text();

	buf_adds(&c->peer.in, text);
	if (!client_input(c))
		return false;
	if (c->front != NULL && input_n == 0)
		c->front->event(c->self, &bye);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const tables[] = {"a", "b", "c", "d", "f", "g", "h", "ac", "camel"};
	struct node node = {.name = "fuzz", .login_timeout = 1000};
	struct client c;
	char why[200];
	int pair[2];

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		MUST(dialect_load(tables[i], why, sizeof(why)) != NULL);
	input = data;
	input_n = n;
	node.dialect = dialect_load(tables[next_byte() % (sizeof(tables) / sizeof(*tables))], why, sizeof(why));
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	client_open(&c, &node, pair[0], true);
	while (input_n > 0 && !c.peer.hung_up) {
		unsigned what = next_byte();

		if ((what % 8 == 0 || c.front == NULL) && !say(&c))
			break;
		if (c.front == NULL)
			continue;
		if (what % 8 == 1)
			message(&c);
		if (what % 8 == 2)
			line(&c);
		if (what % 8 == 3)
			take(pair[1]);
		if (what % 8 == 4)
			now += what;
		if (what % 8 == 5)
			now += 30000;
		if (what == 6)
			shutdown(pair[1], SHUT_RDWR);
		c.front->work(c.self);
		MUST(c.front->due(c.self) > 0);
	}
	client_close(&c);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
