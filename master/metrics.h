/* SPDX-License-Identifier: ISC */
/* metrics - what the node counts and is, as Prometheus reads it, and as chat.nodes.counters has it. */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>

#include "lib/buf.h"
#include "master/config.h"

/* The text format, version 0.0.4. By the master. */
void metrics_text(struct buf *b, const struct config *cf);
/* The node takes clients and reaches what it needs; else *why says what is not so. */
bool metrics_ready(const char **why);
/* The counters as JSON. */
void metrics_json(struct buf *b);

/* By the keeper, with each beat: looks at the memory of some sessions. */
void metrics_sample(void);

#endif
