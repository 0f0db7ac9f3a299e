/* SPDX-License-Identifier: ISC */
/* xmpp - the same clients for a server that speaks XMPP. Every text is acknowledged to its sender and by its
 * receiver (XEP-0198). User i is u<i>@localhost, the password bench-<i>; groups are at conference.localhost. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/bench/bench.h"

#define SM "xmlns='urn:xmpp:sm:3'"

static void
hello(struct link *l)
{
	l->stage = 0;
	l->heard = l->replied = 0;
	buf_adds(&l->out, "<stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
			  "xmlns:stream='http://etherx.jabber.org/streams'>");
}

static void
say_password(struct link *l)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char plain[64] = {0};
	char code[100];
	int n = snprintf((char *)plain, sizeof(plain), "%cu%d%cbench-%d", 0, l->user, 0, l->user), k = 0;

	for (int i = 0; i < n; i += 3) {
		unsigned v = (unsigned)plain[i] << 16 | (unsigned)plain[i + 1] << 8 | plain[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			code[k++] = digit[v >> shift & 63];
	}
	for (int i = 0; i < (3 - n % 3) % 3; i++)
		code[k - 1 - i] = '=';
	buf_addf(&l->out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%.*s</auth>", k, code);
}

/* The stream's features come before and after the password. */
static void
take_features(struct link *l)
{
	if (l->stage++ == 0)
		say_password(l);
	else
		buf_adds(&l->out, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
				  "<resource>b</resource></bind></iq><enable " SM "/><presence/>");
	link_say(l);
}

static void
take_iq(struct link *l, const char *e, size_t n, int64_t at)
{
	if (l->state != LINK_RESUMING || memmem(e, n, "id='b'", 6) == NULL)
		return;
	if (memmem(e, n, "type='result'", 13) == NULL)
		quit("u%d: %.*s", l->user, (int)n, e);
	l->state = LINK_LOADING;
	if (l->role->session != NULL)
		l->role->session(l, at);
	if (opt.group != NULL) {
		buf_addf(&l->out, "<presence to='%s@conference.localhost/u%d'><x xmlns='http://jabber.org/protocol/muc'>"
				  "<history maxstanzas='0'/></x></presence>", opt.group, l->user);
		link_say(l);
	}
}

/* Ready with one's own presence: the server's, or in a group the group's. */
static void
take_presence(struct link *l, const char *e, size_t n)
{
	if (memmem(e, n, "type='error'", 12) != NULL)
		quit("u%d: %.*s", l->user, (int)n, e);
	if (l->state != LINK_LOADING || (opt.group != NULL && memmem(e, n, "'110'", 5) == NULL))
		return;
	l->state = LINK_READY;
	heard.ready++;
}

static void
take_message(struct link *l, const char *e, size_t n, int64_t at)
{
	struct message m = {.at = at};
	const char *body = memmem(e, n, "<body>", 6);

	if (memmem(e, n, "type='error'", 12) != NULL && heard.errors++ == 0)
		fprintf(stderr, "chat-bench: u%d: %.*s\n", l->user, (int)n, e);
	if (body == NULL || l->role->message == NULL)
		return;
	m.text = body + 6;
	l->role->message(l, &m);
}

static bool
is(const char *e, const char *name)
{
	size_t n = strlen(name);

	return strncmp(e + 1, name, n) == 0 && strchr(" />", e[1 + n]) != NULL;
}

static void
take_element(struct link *l, const char *e, size_t n, int64_t at)
{
	heard.lines++;
	if (is(e, "message") || is(e, "presence") || is(e, "iq"))
		l->heard++;
	if (is(e, "message"))
		take_message(l, e, n, at);
	else if (is(e, "r")) {
		buf_addf(&l->out, "<a " SM " h='%" PRId64 "'/>", l->heard);
		link_say(l);
	} else if (is(e, "a")) {
		if (l->role->reply != NULL)
			l->role->reply(l, l->replied++, at);
	} else if (is(e, "presence"))
		take_presence(l, e, n);
	else if (is(e, "iq"))
		take_iq(l, e, n, at);
	else if (is(e, "stream:features"))
		take_features(l);
	else if (is(e, "success")) {
		hello(l);
		l->stage = 1;
		link_say(l);
	} else if (is(e, "enabled"))
		l->heard = 0;
	else if (is(e, "failure") || is(e, "failed") || is(e, "stream:error"))
		quit("u%d: %.*s", l->user, (int)n, e);
}

/* How long the first element is; 0: it is not whole yet. */
static size_t
whole(const char *s, size_t n)
{
	const char *gt = memchr(s, '>', n), *end;
	char close[40];
	int len;

	if (gt == NULL)
		return 0;
	if (s[0] != '<')
		quit("not understood: %.*s", (int)n, s);
	if (gt[-1] == '/' || strncmp(s, "<?xml", 5) == 0 || strncmp(s, "<stream:stream", 14) == 0)
		return (size_t)(gt - s) + 1;
	len = snprintf(close, sizeof(close), "</%.*s>", (int)strcspn(s + 1, " >"), s + 1);
	end = memmem(gt, n - (size_t)(gt - s), close, (size_t)len);
	return end != NULL ? (size_t)(end - s) + (size_t)len : 0;
}

static size_t
take(struct link *l, char *data, size_t n, int64_t at)
{
	size_t taken = 0, len;

	while (l->state != LINK_DOWN && (len = whole(data + taken, n - taken)) > 0) {
		take_element(l, data + taken, len, at);
		taken += len;
	}
	return taken;
}

static void
say_text(struct link *l, bool group, const char *to, int64_t rid, int64_t run, const char *text)
{
	buf_addf(&l->out, "<message to='%s@%slocalhost' type='%s' id='%" PRIx64 "-%" PRIx64
			  "'><body>%s</body></message><r " SM "/>",
	    to, group ? "conference." : "", group ? "groupchat" : "chat", run, rid, text);
	link_say(l);
}

const struct tongue xmpp = {hello, say_text, take};
