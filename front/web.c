/* SPDX-License-Identifier: ISC */
#include "front/web.h"

#include <string.h>
#include <strings.h>

#include "lib/frame.h"

#define SUBPROTOCOL "chatd.1"

/* default-src does not let the manifest in. */
static const char safety[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

static const char *
phrase(int status)
{
	switch (status) {
	case 101:
		return "Switching Protocols";
	case 200:
		return "OK";
	case 304:
		return "Not Modified";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 426:
		return "Upgrade Required";
	case 431:
		return "Request Header Fields Too Large";
	default:
		return "Bad Request";
	}
}

static void
begin(struct buf *out, int status)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\n", status, phrase(status));
}

void
web_refuse(struct buf *out, int status)
{
	begin(out, status);
	buf_adds(out, safety);
	if (status == 405)
		buf_adds(out, "Allow: GET, HEAD\r\n");
	if (status == 426)
		buf_adds(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	buf_addf(out, "Content-Type: text/plain\r\nContent-Length: %zu\r\nConnection: %sclose\r\n\r\n%s\n",
	    strlen(phrase(status)) + 1, status == 426 ? "upgrade, " : "", phrase(status));
}

static enum web_next
refused(struct buf *out, int status)
{
	web_refuse(out, status);
	return WEB_END;
}

/* Upgrade */

/* A page of somebody else may not speak for who is logged in here; what is no browser says no origin. */
static bool
origin_is_ours(const struct web *web, const struct http *h)
{
	struct span origin = http_header(h, "Origin", NULL), host = http_header(h, "Host", NULL);

	if (origin.p == NULL)
		return true;
	for (int i = 0; i < web->origins; i++)
		if (span_means(origin, web->origin[i]))
			return true;
	for (size_t i = 0; i + 3 <= origin.n; i++)
		if (memcmp(origin.p + i, "://", 3) == 0)
			return origin.n - i - 3 == host.n && strncasecmp(origin.p + i + 3, host.p, host.n) == 0;
	return false;
}

static enum web_next
upgrade(const struct web *web, const struct http *h, struct buf *out)
{
	struct span key = http_header(h, "Sec-WebSocket-Key", NULL);
	char accept[FRAME_ACCEPT];

	if (h->minor < 1 || !http_has(h, "Upgrade", "websocket") || !http_has(h, "Connection", "upgrade") ||
	    !span_is(http_header(h, "Sec-WebSocket-Version", NULL), "13"))
		return refused(out, 426);
	if (!span_is(h->method, "GET") || key.p == NULL || !frame_accept(key.p, key.n, accept))
		return refused(out, 400);
	if (!origin_is_ours(web, h))
		return refused(out, 403);
	begin(out, 101);
	buf_addf(out, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n", accept);
	if (http_has(h, "Sec-WebSocket-Protocol", SUBPROTOCOL))
		buf_adds(out, "Sec-WebSocket-Protocol: " SUBPROTOCOL "\r\n");
	buf_adds(out, "\r\n");
	return WEB_FRAMES;
}

/* The page */

static const struct web_file *
find_file(struct span target)
{
	for (const struct web_file *f = web_files; f->path != NULL; f++)
		if (span_is(target, f->path))
			return f;
	return NULL;
}

static enum web_next
give(const struct web_file *f, const struct http *h, struct buf *out)
{
	bool packed = http_has(h, "Accept-Encoding", "gzip"), last = h->minor < 1 || http_has(h, "Connection", "close");
	bool known = http_has(h, "If-None-Match", f->etag);
	size_t n = packed ? f->packed_n : f->plain_n;

	begin(out, known ? 304 : 200);
	buf_adds(out, safety);
	buf_addf(out, "Cache-Control: no-cache\r\nETag: %s\r\nVary: Accept-Encoding\r\n", f->etag);
	if (!known)
		buf_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n%s", f->type, n, packed ? "Content-Encoding: gzip\r\n" : "");
	buf_addf(out, "Connection: %s\r\n\r\n", last ? "close" : "keep-alive");
	if (!known && !span_is(h->method, "HEAD"))
		buf_add(out, packed ? f->packed : f->plain, n);
	return last ? WEB_END : WEB_NEXT_REQUEST;
}

enum web_next
web_answer(const struct web *web, const struct http *h, struct buf *out)
{
	const struct web_file *f;
	int hosts;

	http_header(h, "Host", &hosts);
	/* What has a body would be taken for the next request. */
	if (hosts != 1 || http_header(h, "Content-Length", NULL).p != NULL || http_header(h, "Transfer-Encoding", NULL).p != NULL)
		return refused(out, span_is(h->method, "GET") || span_is(h->method, "HEAD") || hosts != 1 ? 400 : 405);
	if (!span_is(h->method, "GET") && !span_is(h->method, "HEAD"))
		return refused(out, 405);
	if (strcmp(web->word, "off") == 0)
		return refused(out, 404);
	if (span_is(h->target, "/chat"))
		return upgrade(web, h, out);
	f = find_file(h->target);
	return f != NULL ? give(f, h, out) : refused(out, 404);
}

bool
web_forwarded(const struct http *h, struct address *from)
{
	struct span last = span_last(http_header(h, "X-Forwarded-For", NULL));
	struct address_block block;
	char ip[ADDRESS_TEXT];

	if (last.p == NULL || last.n >= sizeof(ip))
		return false;
	memcpy(ip, last.p, last.n);
	ip[last.n] = '\0';
	if (strchr(ip, '/') != NULL || !address_block_parse(ip, &block) || block.base.kind == ADDRESS_LOCAL)
		return false;
	*from = block.base;
	return true;
}
