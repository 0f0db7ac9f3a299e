/* SPDX-License-Identifier: ISC */
/* url - where Redis is. */
#ifndef BUS_URL_H
#define BUS_URL_H

#include <stddef.h>

struct bus_url {
	char host[256]; /* empty: path is used */
	int port;
	char path[108];
	char user[128];
	char password[256];
};

/* redis://[[user]:password@]host[:port] or unix:PATH. Returns NULL, or what is wrong with it. */
const char *bus_url_parse(const char *text, struct bus_url *url);
/* "HOST:PORT" or "unix:PATH", for people. */
#define BUS_URL_TEXT 280
void bus_url_where(const struct bus_url *url, char text[BUS_URL_TEXT]);
/* The whole of it with *** in place of the password. */
void bus_url_masked(const struct bus_url *url, char *text, size_t size);

#endif
