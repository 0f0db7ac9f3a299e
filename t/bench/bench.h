/* SPDX-License-Identifier: ISC */
/*
 * bench - what the parts of chat-bench share. Many clients in one process over
 * epoll; lines are searched, not parsed, so that the server is what is measured.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

#define SECOND INT64_C(1000000000)
#define PARTS 8

struct tongue;

struct options {
	const struct tongue *tongue;
	const char *addr[2]; /* HOST:PORT of the nodes; both the same for one node */
	int n;               /* pairs, members, sessions */
	int flight;          /* messages of one sender that are on their way at most */
	int senders;         /* group: how many of the members speak */
	int first;           /* the first user's number */
	int size;            /* bytes of a text */
	int rate; /* messages a second, all senders together; 0: as fast as they arrive */
	int64_t warm, window; /* ns before counting, ns of counting */
	const char *group;
	const char *memory; /* a file with the bytes charged to the servers */
	const char *count;  /* a command that prints how often something has happened so far */
	int idle;           /* sessions that are on beside the pairs and say nothing */
	int victim;         /* the process that is killed when all are on */
};

extern struct options opt;

int64_t now_ns(void);

/* Clients (link.c). User i is u<i>, its token bench-<i>. */

struct link;

/* A line of kind text that the link had not got before. */
struct message {
	int64_t conv, seq;
	const char *text;
	int64_t at; /* when it was read */
};

/* What a figure does with what its links hear; any may be NULL. */
struct role {
	void (*reply)(struct link *l, int64_t rid, int64_t at); /* of texts */
	void (*message)(struct link *l, const struct message *m);
	void (*session)(struct link *l, int64_t at); /* the answer to resume */
};

enum link_state { LINK_DOWN, LINK_RESUMING, LINK_LOADING, LINK_READY };

struct link {
	const struct role *role;
	int fd;
	int user;
	int tries; /* connections of the present login that came to nothing */
	enum link_state state;
	const char *addr;
	struct buf in, out; /* an unfinished line; what is not written yet */
	int64_t begun;      /* when it began to connect */
	int64_t conv, seq;  /* newest message; acknowledged when the burst has been read */
	bool to_ack, queued, keep_quiet; /* keep_quiet: acknowledges nothing */
	struct link *next;               /* of those that have something to write */
	int stage;              /* xmpp: how far the login is, */
	int64_t heard, replied; /* and what both sides have acknowledged */
	void *mine;
};

/* Counted over all links since the start. */
extern struct heard {
	int64_t ready; /* links whose backlog has arrived */
	int64_t lost;  /* sessions that ended because their server did */
	int64_t again; /* connections that were refused or turned away, and tried again */
	int64_t gaps, twice, errors; /* numbers left out, given twice; requests refused */
	int64_t reads, lines, writes;
} heard;

/* Begins to connect and to resume. The link is the caller's and does not move. */
void link_open(struct link *l, const struct role *role, int user, const char *addr);
void link_close(struct link *l);
/* The connection is gone. During the login it is opened again a moment later. */
void link_lost(struct link *l, const char *why);
/* l->out has grown: it is written at the end of the turn. */
void link_say(struct link *l);
/* Waits for something at most until the time given, and deals with all there is. */
void links_turn(int64_t until);
/* Turns until so many links in all are ready; dies after so many seconds. */
void links_ready(int64_t n, int64_t seconds);

/* What the clients speak (native.c, xmpp.c). */
struct tongue {
	void (*hello)(struct link *l);
	void (*text)(struct link *l, bool group, const char *to, int64_t rid, int64_t run, const char *text);
	/* Deals with what is whole; returns how many bytes that were. data has room for one more byte. */
	size_t (*take)(struct link *l, char *data, size_t n, int64_t at);
};
extern const struct tongue native, xmpp;

/* Figures */

int run_pairs(void), run_group(void), run_offline(void), run_idle(void), run_storm(void),
    run_back(void), run_convs(void);
/* Opens so many sessions that only listen, at most so many at once; user first + i at address i % 2. */
struct link *open_idle(int n, int first, int at_once);
/* What opt.memory says, in KB; 0 without. */
double charged_kb(void);

/* Latencies: a histogram with steps of 0.8 %. */

struct histogram {
	int64_t n;
	uint32_t count[64 << 7];
};

void histogram_add(struct histogram *h, int64_t ns);
double histogram_ms(const struct histogram *h, double share);
void say_latency(const struct histogram *h, const char *what);

/* Servers (part.c): given as NAME=PID of the leader of their session. */

struct usage {
	int64_t cpu_ns[PARTS], pss_kb[PARTS];
	int processes[PARTS];
	int64_t own_ns; /* chat-bench itself */
	int64_t at;
};

void part_add(const char *name_and_pid);
/* with_memory: reads every process's page tables, which takes a while. */
void parts_measure(struct usage *u, bool with_memory);
/* Prints the CPU time between two measurements, each part's by piece of work done. */
void say_cpu(const struct usage *from, const struct usage *to, double pieces);
void say_memory(const struct usage *from, const struct usage *to, double sessions);

void quit(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
