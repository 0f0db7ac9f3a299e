/* SPDX-License-Identifier: ISC */
#include "master/probe.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "master/listen.h"
#include "master/metrics.h"
#include "master/watch.h"

#define ASKERS 16     /* at a time; the oldest makes room */
#define ASKED_MAX 4096
#define ASKER_MS 5000

struct asker {
	struct watch watch; /* its fd is -1: nobody */
	int64_t due;
	struct buf in, out;
};

static struct {
	const struct config *cf;
	struct watch watch;
	struct asker asker[ASKERS];
} http = {.watch = {.fd = -1}};

static void
asker_end(struct asker *a)
{
	int fd = a->watch.fd;

	watch_drop(&a->watch);
	if (fd >= 0)
		close(fd);
	buf_free(&a->in);
	buf_free(&a->out);
}

static void
say(struct asker *a, const char *status, const char *type, const struct buf *body)
{
	buf_addf(&a->out, "HTTP/1.0 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status, type,
	    buf_len(body));
	buf_add(&a->out, buf_data(body), buf_len(body));
}

/* "GET /metrics HTTP/1.1": what stands behind it plays no part. */
static void
http_answer(struct asker *a)
{
	static const char text[] = "text/plain; charset=utf-8";
	char path[64] = "", method[8] = "";
	const char *why = "ok";
	struct buf body = {0};
	bool ready;

	if (sscanf(buf_str(&a->in), "%7s %63[^ ?\r\n]", method, path) != 2 || strcmp(method, "GET") != 0) {
		buf_adds(&body, "GET is wanted\n");
		say(a, "405 Method Not Allowed", text, &body);
	} else if (strcmp(path, "/metrics") == 0) {
		metrics_text(&body, http.cf);
		say(a, "200 OK", "text/plain; version=0.0.4; charset=utf-8", &body);
	} else if (strcmp(path, "/healthz") == 0 || strcmp(path, "/readyz") == 0) {
		ready = path[1] == 'h' || metrics_ready(&why);
		buf_addf(&body, "%s\n", ready ? "ok" : why);
		say(a, ready ? "200 OK" : "503 Service Unavailable", text, &body);
	} else {
		buf_adds(&body, "/metrics, /healthz, /readyz\n");
		say(a, "404 Not Found", text, &body);
	}
	buf_free(&body);
}

static void
write_some(struct asker *a)
{
	ssize_t n = send(a->watch.fd, buf_data(&a->out), buf_len(&a->out), MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		buf_drop(&a->out, (size_t)n);
	if (n < 0 || buf_len(&a->out) == 0)
		asker_end(a);
}

static void
asker_stirs(struct watch *w, uint32_t events)
{
	struct asker *a = WATCHED(w, struct asker);
	ssize_t n;

	(void)events;
	if (buf_len(&a->out) > 0) {
		write_some(a);
		return;
	}
	n = recv(w->fd, buf_room(&a->in, 1024), 1024, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || buf_len(&a->in) + (size_t)n > ASKED_MAX) {
		asker_end(a);
		return;
	}
	buf_grew(&a->in, (size_t)n);
	if (strstr(buf_str(&a->in), "\r\n\r\n") == NULL && strstr(buf_str(&a->in), "\n\n") == NULL)
		return;
	http_answer(a);
	watch_change(w, EPOLLOUT);
}

static void
has_askers(struct watch *w, uint32_t events)
{
	struct asker *a = &http.asker[0];
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	for (int i = 0; i < ASKERS && a->watch.fd >= 0; i++)
		if (http.asker[i].watch.fd < 0 || http.asker[i].due < a->due)
			a = &http.asker[i];
	asker_end(a);
	a->due = clock_ms() + ASKER_MS;
	watch_add(&a->watch, fd, EPOLLIN, asker_stirs);
}

void
probe_start(const struct config *cf)
{
	for (int i = 0; i < ASKERS; i++)
		http.asker[i].watch.fd = -1;
	if (cf->metrics == NULL)
		return;
	http.cf = cf;
	watch_add(&http.watch, listen_other(cf->metrics, "metrics"), EPOLLIN, has_askers);
}

int64_t
probe_due(void)
{
	int64_t due = CLOCK_NEVER;

	for (int i = 0; i < ASKERS && http.cf != NULL; i++)
		if (http.asker[i].watch.fd >= 0 && http.asker[i].due < due)
			due = http.asker[i].due;
	return due;
}

void
probe_work(void)
{
	for (int i = 0; i < ASKERS && http.cf != NULL; i++)
		if (http.asker[i].watch.fd >= 0 && http.asker[i].due <= clock_ms())
			asker_end(&http.asker[i]);
}

void
probe_end(void)
{
	int fd = http.watch.fd;

	watch_drop(&http.watch);
	if (fd >= 0)
		close(fd);
}
