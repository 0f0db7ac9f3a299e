/* SPDX-License-Identifier: ISC */
/* ack_line - the request that comes once for every message, understood without a JSON library. */
#ifndef ACK_LINE_H
#define ACK_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * {"op":"ack","conv":N,"seq":N}, blanks after a colon or comma or none, both numbers as the protocol
 * allows them. false: anything else, whether it is an acknowledgement or not.
 */
bool ack_line(const char *json, size_t n, int64_t *conv, int64_t *seq);

#endif
