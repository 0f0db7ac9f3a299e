/* SPDX-License-Identifier: ISC */
/* channel - what is listened to and published on: chat:u:ID for a user, chat:g:ID for a group. */
#ifndef BUS_CHANNEL_H
#define BUS_CHANNEL_H

#include <stdint.h>

enum bus_kind { BUS_USER, BUS_GROUP };

#define CHANNEL_MAX 32

/* Written into name, which is returned. */
const char *channel_name(char name[CHANNEL_MAX], enum bus_kind kind, int64_t id);
/* What kind of channel that is. */
enum bus_kind channel_kind(const char *name);

#endif
