/* SPDX-License-Identifier: ISC */
/* request - a JSON object as a request; only table.c makes them. */
#ifndef REQUEST_H
#define REQUEST_H

#include "handlers/handlers.h"

/* One object that passed the door. rq->error is set when its rid is unusable. Caller frees. */
struct req *request_parse(const char *json, size_t n);
/* Frees the request and those behind it. */
void request_free(struct req *rq);

#endif
