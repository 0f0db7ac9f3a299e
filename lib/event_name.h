/* SPDX-License-Identifier: ISC */
/* event_name - what the server tells unasked: the one list of names, for those who send and those who show. */
#ifndef EVENT_NAME_H
#define EVENT_NAME_H

#include <stddef.h>

#define EVENT_NAMES(X)                      \
	X(EVENT_ANNOUNCE, "announce")           \
	X(EVENT_BUS, "bus")                     \
	X(EVENT_BYE, "bye")                     \
	X(EVENT_DELIVERED, "delivered")         \
	X(EVENT_FRIEND_ACCEPTED, "friend_accepted") \
	X(EVENT_FRIEND_REQUEST, "friend_request") \
	X(EVENT_GROUP_INVITED, "group_invited") \
	X(EVENT_GROUP_JOINED, "group_joined")   \
	X(EVENT_GROUP_LEFT, "group_left")       \
	X(EVENT_MESSAGE, "message")             \
	X(EVENT_PING, "ping")                   \
	X(EVENT_PRESENCE, "presence")           \
	X(EVENT_PURGED, "purged")               \
	X(EVENT_READ, "read")                   \
	X(EVENT_RENAMED, "renamed")             \
	X(EVENT_SYNCED, "synced")               \
	X(EVENT_TYPING, "typing")

enum event_kind {
	EVENT_UNKNOWN, /* of a newer server: passed on as it is */
#define X(kind, name) kind,
	EVENT_NAMES(X)
#undef X
	EVENT_KINDS
};

/* "message"; NULL for EVENT_UNKNOWN. */
const char *event_name(enum event_kind kind);
/* The kind of that name, n bytes; EVENT_UNKNOWN if there is none. */
enum event_kind event_kind_of(const char *name, size_t n);

#endif
