/* SPDX-License-Identifier: ISC */
/* tls - OpenSSL on a non-blocking socket, with the certificate and the name in it verified. */
#ifndef TLS_H
#define TLS_H

#include <stddef.h>
#include <sys/types.h>

struct tls;

/* ca: a file of certificates to trust, NULL: those of the system. NULL: why says what is wrong with it. */
struct tls *tls_new(int fd, const char *host, const char *ca, char *why, size_t size);
void tls_free(struct tls *t);

/* What to poll for before the next step. */
short tls_events(const struct tls *t);
/* 1: done, 0: more later, -1: why. */
int tls_shake(struct tls *t, char *why, size_t size);
/* As recv(2) and send(2), errno EAGAIN too; reads all that is there, up to about n. */
ssize_t tls_read(struct tls *t, void *p, size_t n);
ssize_t tls_write(struct tls *t, const void *p, size_t n);

#endif
