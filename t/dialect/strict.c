/* SPDX-License-Identifier: ISC */
/*
 * strict - a client of the older servers as they were measured: reads once, up to
 * 1,024 bytes, takes that for one JSON object and its NUL, looks at the fields it
 * knows, and aborts on anything else. Writes each object as a line.
 *
 *	usage: strict a|b|c HOST:PORT
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
static char letter;

/* The numbers on which this client looks at fields. */
static const struct {
	int login, registered, chat, group;
} numbers[] = {{2, 4, 5, 9}, {1003, 1001, 1004, 1008}, {2, 5, 6, 10}};

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
want(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, type))
		die("a field is missing or wrong", key);
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

/* Each element is a string that contains an object with these fields. */
static void
each(struct json_object *reply, const char *list, const char *const strings[], const char *const ints[], const char *inner)
{
	static const char *const member[] = {"name", "state", "role", NULL}, *const member_ids[] = {"id", "userid", NULL};
	struct json_object *all;

	if (!json_object_object_get_ex(reply, list, &all))
		return;
	want(reply, list, json_type_array);
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *s = json_object_array_get_idx(all, i), *o;

		if (!json_object_is_type(s, json_type_string))
			die("no string in", list);
		o = parse(json_object_get_string(s));
		for (size_t k = 0; strings[k] != NULL; k++)
			want(o, strings[k], json_type_string);
		for (size_t k = 0; ints[k] != NULL; k++)
			want(o, ints[k], json_type_int);
		if (inner != NULL) {
			want(o, inner, json_type_array);
			each(o, inner, member, member_ids, NULL);
		}
		json_object_put(o);
	}
}

static void
look(struct json_object *o)
{
	static const char *const friend[] = {"name", "state", NULL}, *const friend_ids[] = {"id", NULL};
	static const char *const group[] = {"groupname", "groupdesc", NULL}, *const group_ids[] = {"id", "groupid", NULL};
	const char *key = letter == 'b' ? "msgId" : "msgid";
	int number = json_object_get_int(want(o, key, json_type_int)), i = letter - 'a';

	if (number == numbers[i].chat || number == numbers[i].group) {
		want(o, "id", json_type_int);
		want(o, "name", json_type_string);
		want(o, "msg", json_type_string);
		want(o, "time", json_type_string);
		want(o, number == numbers[i].group ? "groupid" : "toid", json_type_int);
	} else if (number == numbers[i].login) {
		if (json_object_get_int(want(o, "errno", json_type_int)) != 0) {
			want(o, "errmsg", json_type_string);
			return;
		}
		want(o, "id", json_type_int);
		want(o, "name", json_type_string);
		each(o, "friends", friend, friend_ids, NULL);
		each(o, "groups", group, group_ids, "users");
	} else if (number == numbers[i].registered) {
		if (json_object_get_int(want(o, "errno", json_type_int)) == 0)
			want(o, "id", json_type_int);
	}
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

	if (argc != 3 || argv[1][0] < 'a' || argv[1][0] > 'c') {
		fprintf(stderr, "usage: strict a|b|c HOST:PORT\n");
		return 64;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	letter = argv[1][0];
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
