/* SPDX-License-Identifier: ISC */
#include "lib/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct address
address_v4(const void *ip, uint16_t port)
{
	struct address a = {.kind = ADDRESS_V4, .port = port};

	memcpy(a.ip, ip, 4);
	return a;
}

struct address
address_v6(const void *ip, uint16_t port)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct address a = {.kind = ADDRESS_V6, .port = port};

	if (memcmp(ip, mapped, sizeof(mapped)) == 0)
		return address_v4((const unsigned char *)ip + sizeof(mapped), port);
	memcpy(a.ip, ip, sizeof(a.ip));
	return a;
}

struct address
address_of(const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

	if (sa->sa_family == AF_INET)
		return address_v4(&in->sin_addr, ntohs(in->sin_port));
	if (sa->sa_family == AF_INET6)
		return address_v6(&in6->sin6_addr, ntohs(in6->sin6_port));
	return (struct address){.kind = ADDRESS_LOCAL};
}

void
address_text(const struct address *a, char text[ADDRESS_TEXT])
{
	char ip[INET6_ADDRSTRLEN] = "?";

	if (a->kind == ADDRESS_LOCAL) {
		snprintf(text, ADDRESS_TEXT, "unix");
		return;
	}
	inet_ntop(a->kind == ADDRESS_V4 ? AF_INET : AF_INET6, a->ip, ip, sizeof(ip));
	snprintf(text, ADDRESS_TEXT, a->kind == ADDRESS_V4 ? "%s:%d" : "[%s]:%d", ip, a->port);
}

uint64_t
address_source(const struct address *a)
{
	uint64_t source = 0;

	/* No network has the first 64 bits zero but for ::1 and the like, so v4 and v6 do not meet there. */
	memcpy(&source, a->ip, a->kind == ADDRESS_V4 ? 4 : a->kind == ADDRESS_V6 ? 8 : 0);
	return a->kind == ADDRESS_V4 ? source | UINT64_C(1) << 63 : source;
}

bool
address_block_parse(const char *text, struct address_block *b)
{
	char ip[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "/");
	unsigned char bytes[16];
	char *end;
	int most;

	if (strcmp(text, "unix") == 0) {
		*b = (struct address_block){.base = {.kind = ADDRESS_LOCAL}};
		return true;
	}
	if (n >= sizeof(ip))
		return false;
	memcpy(ip, text, n);
	ip[n] = '\0';
	if (inet_pton(AF_INET, ip, bytes) == 1)
		b->base = address_v4(bytes, 0);
	else if (inet_pton(AF_INET6, ip, bytes) == 1)
		b->base = (struct address){.kind = ADDRESS_V6};
	else
		return false;
	if (b->base.kind == ADDRESS_V6)
		memcpy(b->base.ip, bytes, sizeof(bytes));
	most = b->base.kind == ADDRESS_V4 ? 32 : 128;
	b->bits = most;
	if (text[n] == '\0')
		return true;
	if (text[n + 1] < '0' || text[n + 1] > '9')
		return false;
	b->bits = (int)strtol(text + n + 1, &end, 10);
	return *end == '\0' && b->bits <= most && end - (text + n + 1) <= 3;
}

bool
address_in_block(const struct address *a, const struct address_block *b)
{
	int whole = b->bits / 8, rest = b->bits % 8;

	if (a->kind != b->base.kind || memcmp(a->ip, b->base.ip, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((a->ip[whole] ^ b->base.ip[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}
