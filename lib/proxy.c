/* SPDX-License-Identifier: ISC */
#include "lib/proxy.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LINE_MAX_V1 107
#define HEAD_V2 16

static const char signature[] = {'\r', '\n', '\r', '\n', '\0', '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

/* Version 1: "PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n" */

/* The next word of the line, ended by one blank, or by the line's end if it is the last; false: there is none. */
static bool
next_word(char **line, char **word, bool last)
{
	char *end = *line + strcspn(*line, " ");

	if (end == *line || (*end == '\0') != last)
		return false;
	*word = *line;
	*line = last ? end : end + 1;
	*end = '\0';
	return true;
}

/* A decimal without sign or leading zero; -1: it is none. */
static int
port_number(const char *s)
{
	int n = 0;

	if (*s == '\0' || strlen(s) > 5 || (*s == '0' && s[1] != '\0'))
		return -1;
	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + *s - '0';
	return *s == '\0' && n <= 65535 ? n : -1;
}

/* line: without its "PROXY " and its end. */
static bool
read_line(char *line, struct address *from)
{
	unsigned char source[16], target[16];
	char *family, *src, *dst, *sport, *dport;
	int af, port;

	if (strncmp(line, "UNKNOWN", 7) == 0)
		return line[7] == '\0' || line[7] == ' ';
	if (!next_word(&line, &family, false) || !next_word(&line, &src, false) || !next_word(&line, &dst, false) ||
	    !next_word(&line, &sport, false) || !next_word(&line, &dport, true))
		return false;
	af = strcmp(family, "TCP4") == 0 ? AF_INET : strcmp(family, "TCP6") == 0 ? AF_INET6 : AF_UNSPEC;
	port = port_number(sport);
	if (af == AF_UNSPEC || port < 0 || port_number(dport) < 0 || inet_pton(af, src, source) != 1 ||
	    inet_pton(af, dst, target) != 1)
		return false;
	*from = af == AF_INET ? address_v4(source, (uint16_t)port) : address_v6(source, (uint16_t)port);
	return true;
}

static int
parse_v1(const char *p, size_t n, struct address *from)
{
	static const char begin[] = "PROXY ";
	size_t head = sizeof(begin) - 1, most = n < LINE_MAX_V1 ? n : LINE_MAX_V1;
	const char *end;
	char line[LINE_MAX_V1 + 1];

	if (memcmp(p, begin, n < head ? n : head) != 0)
		return -1;
	end = memchr(p, '\n', most);
	if (end == NULL)
		return n < LINE_MAX_V1 ? 0 : -1;
	if (end < p + head + 1 || end[-1] != '\r' || memchr(p, '\0', (size_t)(end - p)) != NULL)
		return -1;
	memcpy(line, p + head, (size_t)(end - p) - head - 1);
	line[(size_t)(end - p) - head - 1] = '\0';
	return read_line(line, from) ? (int)(end - p) + 1 : -1;
}

/* Version 2: signature, version and command, family and transport, length, addresses, extensions */

static int
parse_v2(const char *p, size_t n, struct address *from)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned char version, command, family;
	size_t len, wanted;

	if (n < HEAD_V2)
		return 0;
	version = u[12] >> 4;
	command = u[12] & 0xf;
	family = u[13];
	len = (size_t)u[14] << 8 | u[15];
	if (version != 2 || command > 1 || family >> 4 > 3 || (family & 0xf) > 2 || len > PROXY_MAX - HEAD_V2)
		return -1;
	wanted = command == 0 ? 0 : family >> 4 == 1 ? 12 : family >> 4 == 2 ? 36 : family >> 4 == 3 ? 216 : 0;
	if (len < wanted)
		return -1;
	if (n < HEAD_V2 + len)
		return 0;
	u += HEAD_V2;
	if (command == 1 && family == 0x11)
		*from = address_v4(u, (uint16_t)(u[8] << 8 | u[9]));
	else if (command == 1 && family == 0x21)
		*from = address_v6(u, (uint16_t)(u[32] << 8 | u[33]));
	return (int)(HEAD_V2 + len);
}

int
proxy_parse(const char *p, size_t n, struct address *from)
{
	if (n == 0)
		return 0;
	if (memcmp(p, signature, n < sizeof(signature) ? n : sizeof(signature)) == 0)
		return parse_v2(p, n, from);
	return parse_v1(p, n, from);
}
