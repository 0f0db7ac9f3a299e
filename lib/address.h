/* SPDX-License-Identifier: ISC */
/* address - where a client comes from: as a number, as text for people, and which addresses are one source. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT 64

enum address_kind { ADDRESS_LOCAL, ADDRESS_V4, ADDRESS_V6 }; /* LOCAL: a Unix socket, or not known */

struct address {
	enum address_kind kind;
	unsigned char ip[16]; /* the first 4 of V4 */
	uint16_t port;
};

/* IPv4 in IPv6 is IPv4. */
struct address address_of(const struct sockaddr *sa);
struct address address_v4(const void *ip, uint16_t port);
struct address address_v6(const void *ip, uint16_t port);
/* "203.0.113.5:4711", "[2001:db8::1]:4711" or "unix". */
void address_text(const struct address *a, char text[ADDRESS_TEXT]);
/* What belongs to one person or one house: a v4 address, the first 64 bits of a v6 one; the same number for the same. */
uint64_t address_source(const struct address *a);

struct address_block {
	struct address base;
	int bits;
};

/* "10.0.0.0/8", "2001:db8::/32", one address, or "unix". false: it is none of them. */
bool address_block_parse(const char *text, struct address_block *b);
bool address_in_block(const struct address *a, const struct address_block *b);

#endif
