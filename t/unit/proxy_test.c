/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/address.h"
#include "lib/proxy.h"
#include "t/unit/tap.h"

/* What comes out of a header: "LENGTH ADDRESS". */
static const char *
says(const char *p, size_t n)
{
	static char said[100];
	struct address from = {.kind = ADDRESS_LOCAL};
	char text[ADDRESS_TEXT];
	int len = proxy_parse(p, n, &from);

	address_text(&from, text);
	snprintf(said, sizeof(said), "%d %s", len, text);
	return said;
}

/* Every beginning of it wants more, and what follows it is not looked at. */
static bool
in_pieces(const char *p, size_t n)
{
	char more[PROXY_MAX + 10];
	struct address from;

	for (size_t i = 0; i < n; i++)
		if (proxy_parse(p, i, &from) != 0)
			return false;
	memcpy(more, p, n);
	memcpy(more + n, "PROXY", 5);
	return proxy_parse(more, n + 5, &from) == (int)n;
}

static void
version_1(void)
{
	static const char *const bad[] = {"GET / HTTP/1.0\r\n", "{\"op\":\"ping\"}\n", "PROXY\r\n", "PROXY \r\n", "proxy UNKNOWN\r\n",
	    "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
	    "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
	    "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n", "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
	    "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n", "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
	    "PROXY UNKNOWNS\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 +2\r\n"};
	static const char v4[] = "PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n", v6[] = "PROXY TCP6 2001:db8::1 ::1 65535 0\r\n";
	char line[200];

	is_str(says(v4, strlen(v4)), "43 203.0.113.5:4711", "TCP4");
	ok(in_pieces(v4, strlen(v4)), "piece by piece");
	is_str(says(v6, strlen(v6)), "36 [2001:db8::1]:65535", "TCP6");
	ok(in_pieces(v6, strlen(v6)), "piece by piece");
	is_str(says("PROXY TCP6 ::ffff:1.2.3.4 ::1 1 2\r\n", 35), "35 1.2.3.4:1", "IPv4 in IPv6 is IPv4");
	is_str(says("PROXY UNKNOWN\r\n", 15), "15 unix", "a proxy that does not know");
	is_str(says("PROXY UNKNOWN a b c\r\n", 21), "21 unix", "and what else it says");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(strcmp(says(bad[i], strlen(bad[i])), "-1 unix") == 0, "no header: %.*s", (int)strcspn(bad[i], "\r\n"), bad[i]);
	is_str(says("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\0\r\n", 33), "-1 unix", "a NUL in the line");
	memset(line, 'x', sizeof(line));
	memcpy(line, "PROXY UNKNOWN ", 14);
	is_str(says(line, 106), "0 unix", "106 bytes without an end may go on");
	is_str(says(line, 107), "-1 unix", "107 may not");
	memcpy(line + 105, "\r\n", 2);
	is_str(says(line, sizeof(line)), "107 unix", "with an end they are a header");
}

static void
version_2(void)
{
	static const char head[] = "\r\n\r\n\0\r\nQUIT\n";
	char p[PROXY_MAX + 100] = {0}, *u = p + 16;
	struct address from;

	memcpy(p, head, 12);
	memcpy(p + 12, "\x21\x11\0\x0c", 4);
	memcpy(u, "\xcb\0\x71\x05\xc0\0\x02\x01\x12\x67\x01\xbb", 12);
	is_str(says(p, 28), "28 203.0.113.5:4711", "TCP over IPv4");
	ok(in_pieces(p, 28), "piece by piece");
	p[15] = 0x0f;
	is_str(says(p, 31), "31 203.0.113.5:4711", "an extension is passed over");
	p[15] = 0x0b;
	is_str(says(p, 28), "-1 unix", "too short for its addresses");
	p[15] = 0x0c;
	p[12] = 0x20;
	is_str(says(p, 28), "28 unix", "LOCAL: the proxy itself");
	p[12] = 0x22;
	is_str(says(p, 28), "-1 unix", "no such command");
	p[12] = 0x11;
	is_str(says(p, 28), "-1 unix", "no such version");
	memcpy(p + 12, "\x21\x41", 2);
	is_str(says(p, 28), "-1 unix", "no such family");
	memcpy(p + 12, "\x21\x13", 2);
	is_str(says(p, 28), "-1 unix", "no such transport");
	memcpy(p + 12, "\x21\x21\0\x24", 4);
	memset(u, 0, 36);
	memcpy(u, "\x20\x01\x0d\xb8", 4);
	u[15] = 1;
	memcpy(u + 32, "\x12\x67", 2);
	is_str(says(p, 52), "52 [2001:db8::1]:4711", "TCP over IPv6");
	memcpy(p + 12, "\x21\x31\0\xd8", 4);
	is_str(says(p, 232), "232 unix", "a Unix socket");
	memcpy(p + 12, "\x21\x11\x02\x08", 4);
	is_str(says(p, PROXY_MAX), "536 32.1.13.184:0", "the longest");
	memcpy(p + 12, "\x21\x11\x02\x09", 4);
	is_int(proxy_parse(p, 16, &from), -1, "a longer one is refused by its length");
	p[3] = 'x';
	is_int(proxy_parse(p, 4, &from), -1, "a wrong signature by its first wrong byte");
}

static void
blocks(void)
{
	static const char *const bad[] = {"", "/8", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8x", "1.2.3.4/ 8", "::/129", "1.2.3", "host"};
	static const struct {
		const char *block, *address;
		bool in;
	} rows[] = {{"10.0.0.0/8", "10.255.0.1", true}, {"10.0.0.0/8", "11.0.0.1", false}, {"10.1.2.3", "10.1.2.3", true},
	    {"10.1.2.3", "10.1.2.2", false}, {"172.16.0.0/12", "172.31.0.1", true}, {"172.16.0.0/12", "172.32.0.1", false},
	    {"0.0.0.0/0", "1.2.3.4", true}, {"0.0.0.0/0", "::1", false}, {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false}};
	struct address_block b, one;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!address_block_parse(bad[i], &b), "no block: '%s'", bad[i]);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok(address_block_parse(rows[i].block, &b) && address_block_parse(rows[i].address, &one), "%s is a block", rows[i].block);
		ok(address_in_block(&one.base, &b) == rows[i].in, "%s is %sin it", rows[i].address, rows[i].in ? "" : "not ");
	}
	ok(address_block_parse("unix", &b) && address_in_block(&(struct address){.kind = ADDRESS_LOCAL}, &b), "a Unix socket");
}

static uint64_t
source(const char *ip)
{
	struct address_block b;

	address_block_parse(ip, &b);
	return address_source(&b.base);
}

int
main(void)
{
	version_1();
	version_2();
	blocks();
	ok(source("1.2.3.4") != source("1.2.3.5"), "two v4 addresses are two sources");
	ok(source("2001:db8::1") == source("2001:db8::2"), "two of one /64 are one");
	ok(source("2001:db8::1") != source("2001:db8:0:1::1"), "two /64 are two");
	return done_testing();
}
