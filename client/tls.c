/* SPDX-License-Identifier: ISC */
#include "client/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/mem.h"

struct tls {
	SSL_CTX *ctx;
	SSL *ssl;
	short events;
};

static void
explain(char *why, size_t size, const char *what)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e != 0 ? ERR_reason_error_string(e) : NULL;

	snprintf(why, size, "%s: %s", what, reason != NULL ? reason : "the connection was closed");
	ERR_clear_error();
}

struct tls *
tls_new(int fd, const char *host, const char *ca, char *why, size_t size)
{
	struct tls *t = mem_alloc(sizeof(*t));
	X509_VERIFY_PARAM *param;

	t->ctx = SSL_CTX_new(TLS_client_method());
	t->events = POLLOUT;
	if (t->ctx == NULL || SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1 ||
	    (ca != NULL ? SSL_CTX_load_verify_file(t->ctx, ca) : SSL_CTX_set_default_verify_paths(t->ctx)) != 1 ||
	    (t->ssl = SSL_new(t->ctx)) == NULL) {
		explain(why, size, ca != NULL ? ca : "TLS");
		tls_free(t);
		return NULL;
	}
	SSL_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
	SSL_set_mode(t->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	param = SSL_get0_param(t->ssl);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1) { /* not an address */
		X509_VERIFY_PARAM_set1_host(param, host, 0);
		SSL_set_tlsext_host_name(t->ssl, host);
	}
	ERR_clear_error();
	SSL_set_fd(t->ssl, fd);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	free(t);
}

short
tls_events(const struct tls *t)
{
	return t->events;
}

/* After a step that returned rc <= 0: 0 if it is to be done again later, else -1. */
static int
again(struct tls *t, int rc)
{
	int e = SSL_get_error(t->ssl, rc);

	t->events = e == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

int
tls_shake(struct tls *t, char *why, size_t size)
{
	int rc = SSL_connect(t->ssl);
	long verdict;

	if (rc == 1)
		return 1;
	if (again(t, rc) == 0)
		return 0;
	verdict = SSL_get_verify_result(t->ssl);
	if (verdict != X509_V_OK)
		snprintf(why, size, "its certificate is not to be trusted: %s; if you know better: --tls-ca FILE",
		    X509_verify_cert_error_string(verdict));
	else
		explain(why, size, "no TLS there");
	ERR_clear_error();
	return -1;
}

ssize_t
tls_read(struct tls *t, void *p, size_t n)
{
	int got, rc;
	size_t sum = 0;

	/* What OpenSSL holds, poll(2) does not announce. */
	do {
		got = SSL_read(t->ssl, (char *)p + sum, (int)(n - sum));
		sum += got > 0 ? (size_t)got : 0;
	} while (got > 0 && sum < n);
	if (sum > 0)
		return (ssize_t)sum;
	rc = again(t, got);
	errno = rc == 0 ? EAGAIN : EPROTO;
	return rc < 0 && SSL_get_error(t->ssl, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

ssize_t
tls_write(struct tls *t, const void *p, size_t n)
{
	int sent = SSL_write(t->ssl, p, (int)n);

	if (sent > 0)
		return sent;
	errno = again(t, sent) == 0 ? EAGAIN : EPIPE;
	return -1;
}
