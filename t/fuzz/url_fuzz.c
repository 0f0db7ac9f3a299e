/* SPDX-License-Identifier: ISC */
/* url_fuzz - Redis's URL, a block of addresses and HOST:PORT: what is taken is whole, and shows no password. */
#include <netinet/in.h>

#include "bus/url.h"
#include "client/link.h"
#include "lib/address.h"
#include "t/fuzz/alone.h"

static void
try_url(const char *text)
{
	struct bus_url url;
	char where[BUS_URL_TEXT], masked[800];

	if (bus_url_parse(text, &url) != NULL)
		return;
	MUST((url.host[0] != '\0') != (url.path[0] != '\0'));
	MUST(url.path[0] != '\0' || (url.port > 0 && url.port < 65536));
	bus_url_where(&url, where);
	MUST(strlen(where) < sizeof(where));
	bus_url_masked(&url, masked, sizeof(masked));
	MUST(url.password[0] == '\0' || strstr(masked, "***@") != NULL);
}

/* The last bit that counts makes another network of it. */
static void
must_end_there(const struct address_block *b)
{
	struct address a = b->base;

	if (b->bits == 0)
		return;
	a.ip[(b->bits - 1) / 8] ^= (unsigned char)(0x80 >> (b->bits - 1) % 8);
	MUST(!address_in_block(&a, b));
}

/* An address within the block, as a socket has it, is one of the block; and of its source, if a source is no smaller. */
static void
must_be_of_its_source(const struct address_block *b)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(7)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(7)};
	struct address a;

	memcpy(&in.sin_addr, b->base.ip, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, b->base.ip, sizeof(in6.sin6_addr));
	a = address_of(b->base.kind == ADDRESS_V4   ? (const struct sockaddr *)&in
	               : b->base.kind == ADDRESS_V6 ? (const struct sockaddr *)&in6
	                                            : &(struct sockaddr){.sa_family = AF_UNIX});
	MUST(a.kind != b->base.kind || (address_in_block(&a, b) && address_source(&a) == address_source(&b->base)));
}

static void
try_block(const char *text)
{
	struct address_block b;

	if (!address_block_parse(text, &b))
		return;
	MUST(b.bits >= 0 && b.bits <= (b.base.kind == ADDRESS_V6 ? 128 : 32));
	MUST(address_in_block(&b.base, &b));
	must_end_there(&b);
	must_be_of_its_source(&b);
}

static void
try_server(const char *text)
{
	char host[LINK_HOST_MAX];
	const char *port;

	if (link_split(text, host, &port) == 0)
		MUST(strlen(host) < sizeof(host) && (port == NULL || (port >= text && port <= text + strlen(text)) || *port != '\0'));
	link_is_local(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1);

	MUST(text != NULL);
	memcpy(text, data, n);
	text[n] = '\0';
	try_url(text);
	try_block(text);
	try_server(text);
	free(text);
	return 0;
}
