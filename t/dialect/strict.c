/* SPDX-License-Identifier: ISC */
/*
 * strict - a client of the older servers as they were measured: reads once, up to
 * 1,024 bytes, takes that for one JSON object and its NUL, looks at the fields it
 * knows, and aborts on anything else. Writes each object as a line.
 *
 *	usage: strict a|b|c|TABLE HOST:PORT
 *
 * The three are known here; the client of another dialect is made of its table (contrib/dialects/).
 *
 * Input: an object a line, sent with its NUL by one send; or one of
 *	raw TEXT	the bytes alone, \n \0 \xHH understood
 *	bytes TEXT	the same, each by a send of its own
 *	fill N		the letter x, N times
 *	deaf		reads no more
 *	hear		reads again
 *	quit		closes, whatever has not been read
 */
#include <errno.h>
#include <json-c/json.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME 1024

static int sock;
static const char *key = "msgid";

/* What this client looks at: the number, and the fields that it needs, their spellings with commas between. */
enum { LOGIN, REGISTERED, CHAT, GROUP_CHAT, FRIEND, GROUP, MEMBER, ROWS };

static struct {
	const char *number_of, *fields_of; /* words of a table */
	int number[3];                     /* a, b, c */
	const char *field[6];
} rows[ROWS] = {
    {"login-reply", "login-reply", {2, 1003, 2}, {"errno", "errmsg", "id", "name", "friends", "groups"}},
    {"register-reply", "register-reply", {4, 1001, 5}, {"errno", "errmsg", "id"}},
    {"chat", "chat-push", {5, 1004, 6}, {"id,fromid", "name", "toid", "time", "msg"}},
    {"group", "group-push", {9, 1008, 10}, {"id,userid", "name", "groupid", "time", "msg"}},
    {NULL, "friend-item", {0}, {"id", "name", "state"}},
    {NULL, "group-item", {0}, {"groupid,id", "groupname", "groupdesc", "users"}},
    {NULL, "member-item", {0}, {"id,userid", "name", "role", "state"}},
};
static int dialect; /* of the numbers */

static void die(const char *why, const char *what) __attribute__((noreturn));
static void
die(const char *why, const char *what)
{
	printf("ABORT: %s: %s\n", why, what);
	fprintf(stderr, "strict: %s: %s\n", why, what);
	exit(1);
}

static void
dial(char *addr)
{
	char *colon = strrchr(addr, ':');
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	int on = 1;

	if (colon == NULL)
		die("HOST:PORT is wanted, not", addr);
	*colon = '\0';
	if (getaddrinfo(addr, colon + 1, &hints, &found) != 0)
		die("no such address", addr);
	sock = socket(found->ai_family, found->ai_socktype, 0);
	if (connect(sock, found->ai_addr, found->ai_addrlen) < 0)
		die("connect", strerror(errno));
	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	freeaddrinfo(found);
}

/* Input */

static void
transmit(const char *p, size_t n)
{
	if (send(sock, p, n, MSG_NOSIGNAL) != (ssize_t)n)
		die("send", strerror(errno));
}

static size_t
unescape(char *s)
{
	char *to = s, *from = s;

	while (*from != '\0') {
		if (*from != '\\') {
			*to++ = *from++;
		} else if (from[1] == 'x') {
			char hex[3] = {from[2], from[3], '\0'};

			*to++ = (char)strtol(hex, NULL, 16);
			from += 4;
		} else {
			*to++ = (char)(from[1] == 'n' ? '\n' : from[1] == '0' ? '\0' : from[1]);
			from += 2;
		}
	}
	return (size_t)(to - s);
}

static void
obey(char *line, bool *deaf)
{
	if (strcmp(line, "deaf") == 0 || strcmp(line, "hear") == 0) {
		*deaf = line[0] == 'd';
	} else if (strcmp(line, "quit") == 0) {
		close(sock);
		exit(0);
	} else if (strncmp(line, "fill ", 5) == 0) {
		for (long n = strtol(line + 5, NULL, 10); n > 0; n--)
			transmit("x", 1);
	} else if (strncmp(line, "raw ", 4) == 0) {
		transmit(line + 4, unescape(line + 4));
	} else if (strncmp(line, "bytes ", 6) == 0) {
		size_t n = unescape(line + 6);

		for (size_t i = 0; i < n; i++)
			transmit(line + 6 + i, 1);
	} else {
		transmit(line, strlen(line) + 1);
	}
}

/* Lines from stdin; several may come at once. */
static void
read_input(bool *deaf)
{
	static char buf[1 << 18];
	static size_t len;
	ssize_t n = read(STDIN_FILENO, buf + len, sizeof(buf) - 1 - len);
	char *end;

	if (n <= 0)
		exit(0);
	len += (size_t)n;
	while ((end = memchr(buf, '\n', len)) != NULL) {
		*end++ = '\0';
		obey(buf, deaf);
		len -= (size_t)(end - buf);
		memmove(buf, end, len);
	}
}

/* What the old programs do with what they get: an exception they do not catch ends them. */

static struct json_object *
want(struct json_object *o, const char *name, enum json_type type)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, type))
		die("a field is missing or wrong", name);
	return v;
}

/* Under each of its spellings. Returns the last. */
static struct json_object *
want_all(struct json_object *o, const char *spellings, enum json_type type)
{
	struct json_object *v = NULL;
	char name[64];
	int n;

	for (; sscanf(spellings, "%63[^,]%n", name, &n) == 1; spellings += n + (spellings[n] == ','))
		v = want(o, name, type);
	return v;
}

static struct json_object *
parse(const char *text)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text, (int)strlen(text) + 1);
	if (o == NULL || !json_object_is_type(o, json_type_object))
		die("no object", text);
	json_tokener_free(t);
	return o;
}

/* Each element of the list is a string that contains an object of that row; its first field is a number, the rest is text. */
static void
each(struct json_object *reply, const char *list, int row)
{
	struct json_object *all;

	if (!json_object_object_get_ex(reply, list, &all))
		return;
	want(reply, list, json_type_array);
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *s = json_object_array_get_idx(all, i), *o;

		if (!json_object_is_type(s, json_type_string))
			die("no string in", list);
		o = parse(json_object_get_string(s));
		want_all(o, rows[row].field[0], json_type_int);
		for (int k = 1; rows[row].field[k] != NULL && (row != GROUP || k < 3); k++)
			want_all(o, rows[row].field[k], json_type_string);
		if (row == GROUP) {
			want(o, rows[row].field[3], json_type_array);
			each(o, rows[row].field[3], MEMBER);
		}
		json_object_put(o);
	}
}

static void
look_at_reply(struct json_object *o, int row)
{
	const char *const *field = rows[row].field;
	bool refused = json_object_get_int(want_all(o, field[0], json_type_int)) != 0;

	if (!refused)
		want_all(o, field[2], json_type_int);
	if (row == LOGIN)
		want_all(o, field[refused ? 1 : 3], json_type_string);
	if (row == LOGIN && !refused) {
		each(o, field[4], FRIEND);
		each(o, field[5], GROUP);
	}
}

static void
look(struct json_object *o)
{
	int number = json_object_get_int(want(o, key, json_type_int));

	for (int row = LOGIN; row <= REGISTERED; row++)
		if (number == rows[row].number[dialect])
			look_at_reply(o, row);
	for (int row = CHAT; row <= GROUP_CHAT; row++)
		if (number == rows[row].number[dialect])
			for (int k = 0; k < 5; k++)
				want_all(o, rows[row].field[k], k == 0 || k == 2 ? json_type_int : json_type_string);
}

/* Tables */

static void
obey_line(char *line)
{
	char *word[8] = {NULL};
	int n = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (char *w = strtok(line, " \t"); w != NULL && n < 8; w = strtok(NULL, " \t"))
		word[n++] = w;
	if (n == 2 && strcmp(word[0], "key") == 0)
		key = word[1];
	for (int row = 0; n > 0 && row < ROWS; row++) {
		bool numbered = rows[row].number_of != NULL && strcmp(rows[row].number_of, word[0]) == 0;

		if (numbered && n > 1)
			rows[row].number[dialect] = atoi(word[1]);
		if (strcmp(rows[row].fields_of, word[0]) == 0)
			for (int k = numbered; k + 1 < n; k++)
				rows[row].field[k - numbered] = word[k + 1];
	}
}

static void
learn(const char *table)
{
	static char line[100][200]; /* whose words the table has */
	FILE *f;

	if (table[1] == '\0' && table[0] >= 'a' && table[0] <= 'c') {
		dialect = table[0] - 'a';
		if (dialect == 1)
			key = "msgId";
		return;
	}
	if ((f = fopen(table, "r")) == NULL)
		die("no such table", table);
	for (int n = 0; n < 100 && fgets(line[n], sizeof(line[n]), f) != NULL; n++)
		obey_line(line[n]);
	fclose(f);
}

static void
hear(void)
{
	char buf[FRAME + 1];
	ssize_t n = recv(sock, buf, FRAME, 0);
	struct json_object *o;
	size_t len;

	if (n <= 0) {
		printf("closed\n");
		exit(0);
	}
	buf[n] = '\0';
	len = strlen(buf);
	if (len == (size_t)n)
		die("no NUL ends", buf);
	if (len + 1 != (size_t)n)
		die("lost what came behind", buf);
	o = parse(buf);
	look(o);
	json_object_put(o);
	printf("%s\n", buf);
}

int
main(int argc, char **argv)
{
	bool deaf = false;

	if (argc != 3) {
		fprintf(stderr, "usage: strict a|b|c|TABLE HOST:PORT\n");
		return 64;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	learn(argv[1]);
	dial(argv[2]);
	for (;;) {
		struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = deaf ? -1 : sock, .events = POLLIN}};

		if (poll(p, 2, -1) < 0)
			die("poll", strerror(errno));
		if (p[1].revents != 0)
			hear();
		if (p[0].revents != 0)
			read_input(&deaf);
	}
}
