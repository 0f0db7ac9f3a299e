/* SPDX-License-Identifier: ISC */
/* probe - /metrics, /healthz and /readyz by HTTP/1.0, answered by the master between other things: nobody is waited for. */
#ifndef PROBE_H
#define PROBE_H

#include <stdint.h>

#include "master/config.h"

/* Where cf says, if it does. */
void probe_start(const struct config *cf);
/* Whoever is too slow goes; probe_due() says when. */
void probe_work(void);
int64_t probe_due(void);
/* Another may have the address. */
void probe_end(void);

#endif
