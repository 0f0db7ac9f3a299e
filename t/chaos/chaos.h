/* SPDX-License-Identifier: ISC */
/*
 * chaos - many clients in one process, which write down what they asked for, what
 * they were told and what they got, while t/chaos/faults kills the servers; and the
 * checker that compares it all with the database (reliability.md, R1-R9).
 */
#ifndef CHAOS_H
#define CHAOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define RULES 10      /* R1..R9; 0 is the protocol itself */
#define REPLY_MS 5000 /* in which a reply has to be there */

/* One text that somebody wants to be stored exactly once. Its cid and its words follow from its
 * number. */
struct text {
	int client;
	int target;
	enum { INVOKED, OK, REFUSED } state;
	bool unknown; /* of some attempt the outcome was never told */
	int attempts;
	int64_t conv, seq; /* OK */
	int64_t ok_at;
	int64_t floor;      /* the highest number this client had been told in that conversation
			       before it asked */
	int64_t refused_at; /* the highest number anybody had seen there by then */
};

/* Where texts go: a user or a group. */
struct target {
	bool group;
	char name[40];
	int64_t conv; /* 0: not known yet */
	/* A group's: */
	int owner, wanderer; /* clients: the one kicks the other now and then; -1: none */
	long kicks, kicks_unknown;
};

struct user {
	char name[40];
	bool registered;
	int64_t id;
};

/* One conversation as one device has seen it. */
struct view {
	int64_t conv;
	unsigned char *got;
	size_t cap;
	int64_t last;  /* newest entry on this connection; -1: none yet */
	bool by_reply; /* last is known from replies to own texts alone */
	int64_t acked; /* told the server */
	int64_t told;  /* highest number of an own text */
};

enum asked {
	ASK_REGISTER,
	ASK_LOGIN,
	ASK_RESUME,
	ASK_CREATE,
	ASK_JOIN,
	ASK_LEAVE,
	ASK_KICK,
	ASK_SEND,
	ASK_PING
};

struct pending {
	enum asked what;
	int arg; /* ASK_SEND: the text; of groups: the target */
	int64_t due;
};

/* One device. */
struct client {
	int user;
	char device[16];
	char token[80];
	enum { DOWN, CONNECTING, GREETING, UP } state;
	int fd;
	bool synced;
	int64_t up_at;
	int64_t at; /* DOWN: connect then */
	int64_t backoff;
	struct buf in, out;
	struct pending pending[64];
	unsigned first, n; /* of pending, a ring */
	int *again;        /* texts to be sent again, in order */
	size_t n_again, cap_again;
	int64_t again_at;
	int64_t send_at, ack_at, wander_at, kick_at, break_at;
	int64_t deaf_until; /* does not read */
	int old_fd;         /* abandoned, half open */
	int64_t old_until;
	bool lazy; /* acknowledges rarely */
	bool said_pong;
	int targets[8];
	int n_targets;
	int wanders; /* target it joins and leaves all the time; -1: none */
	int rules;   /* target whose wanderer it kicks; -1: none */
	bool inside;
	struct view *views;
	size_t n_views, cap_views;
};

struct words {
	const char *at[8];
	int n;
};

struct options {
	struct words addrs;
	int pairs, groups, members, devices;
	double rate; /* texts per second and client */
	double seconds, drain;
	double breaks; /* mean seconds between a client's own mishaps; 0: none */
	int deaf;      /* so many clients read nothing until the quiet */
	int prompt;    /* ms in which a text has to be everywhere; 0: not checked */
	int pad;       /* most bytes a common text has */
	bool stay;     /* at the end nobody reconnects: the sweep has to do it */
	bool forge;    /* claim to be somebody else now and then */
	bool wander;
	int pool; /* backends that a pooler may keep when everybody has left */
	const char *prefix;
	struct words masters; /* pid files */
	const char *ready;    /* file to be made when the load begins */
	const char *until;    /* the load goes on until this file is there */
	const char *log;
	uint64_t seed;
};

struct world {
	struct options o;
	struct user *users;
	int n_users;
	struct client *clients;
	int n_clients;
	struct target *targets;
	int n_targets;
	struct text *texts;
	size_t n_texts, cap_texts;
	int64_t began;
	bool sending, quiet;
	/* counts */
	long oks, dups, unknowns, resends, events, repeats, aheads, links_lost, refused,
	    internals, byes, degraded;
	long broken[RULES];
	long replaced;
	long kicks; /* in the database */
	long late;  /* replies after more than a second */
};

extern struct world w;

/* options.c */
void take_options(int argc, char **argv);

/* world.c */
void world_make(void);
int64_t now_ms(void);
uint64_t rnd(uint64_t n);
void broken(int rule, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void record(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *name_of(const struct client *c); /* valid until the fourth call after this one */
int user_of(const char *name);               /* -1: none of ours */
/* User m of group g: the first one creates it, the last one comes and goes. */
int member_of(int g, int m);

/* texts.c. What text number i says, and its cid. Caller frees. */
char *text_words(int i);
void text_cid(int i, char cid[48]);
/* The number of a text by its words or cid; -1: none of ours. */
int text_number(const char *s);
int text_new(int client, int target);

/* seen.c */
struct view *view_of(struct client *c, int64_t conv);
bool view_has(const struct view *v, int64_t seq);
void mark(struct view *v, int64_t seq);
int64_t log_end(int64_t conv); /* the highest number that anybody has seen */
/* R3: what stands at (conv, seq) is a text (its number + 1) or another entry (below 0:
 * its kind and whom it is about). */
void same_for_all(const struct client *c, int64_t conv, int64_t seq, int64_t what);

/* link.c */
void turn(void);
/* The request that c->out ends with is complete but for the line's end. */
void ask(struct client *c, enum asked what, int arg);
/* wait: ms until the next connection; 0: the client backs off. */
void lost(struct client *c, const char *why, int64_t wait);

/* hear.c */
void hear(struct client *c, char *line);

/* load.c */
void up_work(struct client *c, int64_t now);
void acknowledge(struct client *c);
void say_again(struct client *c, int i); /* of this attempt the outcome is unknown */
int64_t gap_of(double mean_ms);

/* masters.c. Notes what descriptors each master has by itself. */
void masters_begin(void);
/* Every master can be seen, has its spares and keeper and nothing else; else why not. */
bool masters_at_rest(char *why, size_t n, bool nobody);

/* check.c. Connects to where the PG* environment says. */
bool all_arrived(char *why, size_t n);
struct pg_result *query(const char *sql); /* PQclear() */
void check_acked(void);
void check_all(void);
void check_sessions(bool nobody_left);

#endif
