/* SPDX-License-Identifier: ISC */
/* web - what a browser is answered in HTTP before it speaks WebSocket: the page, which travels in the program, and the upgrade. */
#ifndef WEB_H
#define WEB_H

#include "lib/address.h"
#include "lib/buf.h"
#include "lib/http.h"

#define WEB_ORIGINS 16

/* Settings of the node. */
struct web {
	const char *word; /* on or off */
	const char *origin[WEB_ORIGINS]; /* pages from there may connect, besides our own */
	int origins;
};

/* web/embed.sh makes them. */
struct web_file {
	const char *path, *type, *etag;
	const unsigned char *plain, *packed; /* as it is, and by gzip */
	size_t plain_n, packed_n;
};
extern const struct web_file web_files[]; /* ends with a path NULL */

enum web_next {
	WEB_NEXT_REQUEST, /* may come */
	WEB_END,          /* that was all on this connection */
	WEB_FRAMES,       /* from here on */
};

/* Puts the answer into out. */
enum web_next web_answer(const struct web *web, const struct http *h, struct buf *out);
/* What was not understood is answered, too. */
void web_refuse(struct buf *out, int status);
/* Whose request it is, if the proxy says so. */
bool web_forwarded(const struct http *h, struct address *from);

#endif
