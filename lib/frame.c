/* SPDX-License-Identifier: ISC */
#include "lib/frame.h"

#include <string.h>

#include "lib/sha1.h"
#include "lib/utf8.h"

#define CONTROL_MAX 125 /* bytes of a control frame */

struct head {
	size_t bytes;
	uint64_t len; /* of what follows */
	unsigned op;
	bool fin;
};

static struct frame
wrong(int code, const char *why)
{
	return (struct frame){.kind = FRAME_WRONG, .code = code, .text = why, .n = strlen(why)};
}

static uint64_t
big_endian(const unsigned char *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* What is wrong with a frame that begins with these two bytes. */
static struct frame
judge(const struct frames *f, unsigned char first, unsigned char second)
{
	unsigned op = first & 15;

	if ((first & 0x70) != 0)
		return wrong(CLOSE_PROTOCOL, "no extension was agreed on");
	if (op == OP_BINARY)
		return wrong(CLOSE_NOT_TEXT, "texts only");
	if (op > OP_PONG || (op > OP_BINARY && op < OP_CLOSE))
		return wrong(CLOSE_PROTOCOL, "there is no such frame");
	if ((second & 0x80) == 0)
		return wrong(CLOSE_PROTOCOL, "a client masks its frames");
	if (op >= OP_CLOSE && ((first & 0x80) == 0 || (second & 0x7f) > CONTROL_MAX))
		return wrong(CLOSE_PROTOCOL, "a control frame is short and whole");
	if (op < OP_CLOSE && (op == OP_TEXT) == f->begun)
		return wrong(CLOSE_PROTOCOL, f->begun ? "the message before was not ended" : "nothing is to be continued");
	return (struct frame){FRAME_NONE, NULL, 0, 0};
}

/* The head of a frame with its mask, if that has arrived. */
static bool
read_head(const unsigned char *p, size_t n, struct head *h)
{
	int extra = (p[1] & 0x7f) == 126 ? 2 : (p[1] & 0x7f) == 127 ? 8 : 0;

	h->bytes = 2 + (size_t)extra + 4;
	if (n < h->bytes)
		return false;
	h->op = p[0] & 15;
	h->fin = (p[0] & 0x80) != 0;
	h->len = extra > 0 ? big_endian(p + 2, extra) : p[1] & 0x7f;
	return true;
}

static void
unmask(char *p, size_t n, const char mask[4])
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(p[i] ^ mask[i & 3]);
}

/* What may be said in a close frame, and by whom, is in 7.4. */
static struct frame
closing(const char *p, size_t n)
{
	int code = n >= 2 ? (int)big_endian((const unsigned char *)p, 2) : CLOSE_NORMAL;

	if (n == 1 || code < 1000 || (code >= 1004 && code <= 1006) || (code >= 1015 && code < 3000) || code > 4999)
		return wrong(CLOSE_PROTOCOL, "there is no such reason to close");
	if (n > 2 && utf8_count(p + 2, n - 2) < 0)
		return wrong(CLOSE_NOT_UTF8, "that is not UTF-8");
	return (struct frame){.kind = FRAME_CLOSE, .code = code, .text = ""};
}

/* The last fragment, or the only one. */
static struct frame
message(struct frames *f, const char *p, size_t n)
{
	if (f->begun) {
		buf_add(&f->text, p, n);
		p = buf_data(&f->text);
		n = buf_len(&f->text);
		f->begun = false;
		f->given = true;
	}
	if (n > 0 && utf8_count(p, n) < 0)
		return wrong(CLOSE_NOT_UTF8, "that is not UTF-8");
	return (struct frame){.kind = FRAME_TEXT, .text = p, .n = n};
}

/* FRAME_NONE: it was a fragment, or a pong; there may be more. */
static struct frame
take(struct frames *f, const struct head *h, const char *p, size_t n)
{
	switch (h->op) {
	case OP_CLOSE:
		return closing(p, n);
	case OP_PING:
		return (struct frame){.kind = FRAME_PING, .text = p, .n = n};
	case OP_PONG:
		break;
	default:
		if (h->fin)
			return message(f, p, n);
		f->begun = true;
		buf_add(&f->text, p, n);
	}
	return (struct frame){FRAME_NONE, NULL, 0, 0};
}

struct frame
frames_next(struct frames *f, struct buf *in, size_t limit)
{
	struct frame got = {FRAME_NONE, NULL, 0, 0};
	struct head h;

	if (f->given)
		buf_free(&f->text);
	f->given = false;
	while (got.kind == FRAME_NONE) {
		char *p;

		buf_drop(in, f->used);
		f->used = 0;
		p = buf_data(in);
		if (buf_len(in) < 2 || (got = judge(f, (unsigned char)p[0], (unsigned char)p[1])).kind != FRAME_NONE)
			return got;
		if (!read_head((unsigned char *)p, buf_len(in), &h))
			return got;
		if (h.op < OP_CLOSE && (h.len > limit || h.len + buf_len(&f->text) > limit))
			return wrong(CLOSE_TOO_LARGE, "that is too large");
		if (buf_len(in) - h.bytes < h.len)
			return got;
		f->used = h.bytes + (size_t)h.len;
		f->taken++;
		unmask(p + h.bytes, (size_t)h.len, p + h.bytes - 4);
		got = take(f, &h, p + h.bytes, (size_t)h.len);
	}
	return got;
}

bool
frames_wait(const struct frames *f, const struct buf *in)
{
	return f->begun || buf_len(in) > f->used;
}

void
frames_free(struct frames *f)
{
	buf_free(&f->text);
}

void
frame_add(struct buf *out, enum frame_opcode op, const char *text, size_t n)
{
	unsigned char head[10] = {(unsigned char)(0x80U | op), (unsigned char)(n < 126 ? n : n < 65536 ? 126 : 127)};
	size_t extra = n < 126 ? 0 : n < 65536 ? 2 : 8;

	for (size_t i = 0; i < extra; i++)
		head[2 + i] = (unsigned char)(n >> (8 * (extra - 1 - i)));
	buf_add(out, head, 2 + extra);
	buf_add(out, text, n);
}

void
frame_add_close(struct buf *out, int code, const char *why, size_t n)
{
	char p[CONTROL_MAX];

	n = utf8_fit(why, n, sizeof(p) - 2);
	p[0] = (char)(code >> 8);
	p[1] = (char)code;
	memcpy(p + 2, why, n);
	frame_add(out, OP_CLOSE, p, 2 + n);
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
base64(const unsigned char hash[SHA1_BYTES], char text[FRAME_ACCEPT])
{
	char *t = text;

	for (int i = 0; i < SHA1_BYTES; i += 3) {
		unsigned v = (unsigned)hash[i] << 16 | (unsigned)hash[i + 1] << 8 | (i + 2 < SHA1_BYTES ? hash[i + 2] : 0U);

		for (int shift = 18; shift >= 0; shift -= 6)
			*t++ = digits[v >> shift & 63];
	}
	t[-1] = '='; /* 20 bytes are one short of 7 times 3 */
	*t = '\0';
}

bool
frame_accept(const char *key, size_t n, char accept[FRAME_ACCEPT])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char hash[SHA1_BYTES];
	char both[24 + sizeof(guid)];

	if (n != 24 || memcmp(key + 22, "==", 2) != 0)
		return false;
	for (int i = 0; i < 22; i++)
		if (key[i] == '\0' || strchr(digits, key[i]) == NULL)
			return false;
	memcpy(both, key, 24);
	memcpy(both + 24, guid, sizeof(guid) - 1);
	sha1(both, sizeof(both) - 1, hash);
	base64(hash, accept);
	return true;
}
