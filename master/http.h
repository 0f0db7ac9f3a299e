/* SPDX-License-Identifier: ISC */
/* http - /metrics, /healthz and /readyz by HTTP/1.0, answered by the master between other things: nobody is waited for. */
#ifndef HTTP_H
#define HTTP_H

#include <stdint.h>

#include "master/config.h"

/* Where cf says, if it does. */
void http_start(const struct config *cf);
/* Whoever is too slow goes; http_due() says when. */
void http_work(void);
int64_t http_due(void);
/* Another may have the address. */
void http_end(void);

#endif
