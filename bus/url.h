/* SPDX-License-Identifier: ISC */
/* url - where Redis is. */
#ifndef BUS_URL_H
#define BUS_URL_H

struct bus_url {
	char host[256]; /* empty: path is used */
	int port;
	char path[108];
	char user[128];
	char password[256];
};

/* redis://[[user]:password@]host[:port] or unix:PATH. Returns NULL, or what is wrong with it. */
const char *bus_url_parse(const char *text, struct bus_url *url);

#endif
