/* SPDX-License-Identifier: ISC */
/* A client that takes little by little, and events that are kept for one that takes nothing. */
#include <fcntl.h>

#include "front/peer.c"
#include "session/kept.c"
#include "t/unit/tap.h"

static size_t
take(int fd, size_t n)
{
	char bytes[4096];
	ssize_t got = read(fd, bytes, n);

	return got > 0 ? (size_t)got : 0;
}

static void
a_slow_one(void)
{
	static char much[OUTPUT_HIGH];
	int pair[2], size = 4096;
	struct peer p;
	int64_t due;

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	peer_init(&p, pair[0], "test");
	buf_add(&p.out, much, sizeof(much));
	peer_write(&p);
	due = p.due[D_STUCK];
	ok(due != CLOCK_NEVER, "a client that does not take all has a minute");
	usleep(20000);
	for (size_t taken = 0, before = buf_len(&p.out); buf_len(&p.out) == before && taken < sizeof(much); peer_write(&p))
		taken += take(pair[1], 512);
	ok(buf_len(&p.out) < sizeof(much) && p.due[D_STUCK] == due, "which is not prolonged by its taking a little");
	for (size_t taken = 0; taken < 4 * STUCK_BYTES; peer_write(&p))
		taken += take(pair[1], 4096);
	ok(p.due[D_STUCK] > due, "but by taking some");
	while (buf_len(&p.out) > 0) {
		take(pair[1], 4096);
		peer_write(&p);
	}
	ok(p.due[D_STUCK] == CLOCK_NEVER, "and it is over when all is taken");
	ok(p.out.cap == 0, "the memory, too");
	peer_free(&p);
	close(pair[0]);
	close(pair[1]);
}

static void
keep(struct buf *b, const char *line)
{
	kept_add(b, line, strlen(line));
}

static void
kept_events(void)
{
	struct buf b = {0};
	char line[80];

	keep(&b, "{\"ev\":\"presence\",\"user\":{\"id\":1,\"name\":\"a\"},\"state\":\"online\"}\n");
	keep(&b, "{\"ev\":\"presence\",\"user\":{\"id\":2,\"name\":\"b\"},\"state\":\"online\"}\n");
	keep(&b, "{\"ev\":\"delivered\",\"conv\":1,\"seq\":5,\"user\":{\"id\":1,\"name\":\"a\"}}\n");
	keep(&b, "{\"ev\":\"presence\",\"user\":{\"id\":1,\"name\":\"a\"},\"state\":\"offline\"}\n");
	keep(&b, "{\"ev\":\"delivered\",\"conv\":1,\"seq\":6,\"user\":{\"id\":1,\"name\":\"a\"}}\n");
	keep(&b, "{\"ev\":\"delivered\",\"conv\":2,\"seq\":6,\"user\":{\"id\":1,\"name\":\"a\"}}\n");
	keep(&b, "{\"ev\":\"friend_request\",\"user\":{\"id\":3,\"name\":\"c\"}}\n");
	keep(&b, "{\"ev\":\"friend_request\",\"user\":{\"id\":3,\"name\":\"c\"}}\n");
	is_str(buf_str(&b),
	    "{\"ev\":\"presence\",\"user\":{\"id\":2,\"name\":\"b\"},\"state\":\"online\"}\n"
	    "{\"ev\":\"presence\",\"user\":{\"id\":1,\"name\":\"a\"},\"state\":\"offline\"}\n"
	    "{\"ev\":\"delivered\",\"conv\":1,\"seq\":6,\"user\":{\"id\":1,\"name\":\"a\"}}\n"
	    "{\"ev\":\"delivered\",\"conv\":2,\"seq\":6,\"user\":{\"id\":1,\"name\":\"a\"}}\n"
	    "{\"ev\":\"friend_request\",\"user\":{\"id\":3,\"name\":\"c\"}}\n",
	    "of what is said of the same, the newest is kept");
	for (int i = 0; i < 3000; i++) {
		snprintf(line, sizeof(line), "{\"ev\":\"typing\",\"conv\":%d,\"user\":{\"id\":1,\"name\":\"a\"}}\n", i);
		keep(&b, line);
	}
	ok(buf_len(&b) <= KEPT_MAX && buf_len(&b) > KEPT_MAX - 100, "64 KiB of it: %zu", buf_len(&b));
	buf_free(&b);
}

int
main(void)
{
	a_slow_one();
	kept_events();
	return done_testing();
}
