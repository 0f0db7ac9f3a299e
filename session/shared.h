/* SPDX-License-Identifier: ISC */
/*
 * shared - the memory that all processes of a node have in common, but for the lines of lib/slots.h and the table of memo.h:
 * who is logged in here, what sessions hand to the keeper, and what the keeper finds out for them. The master maps it before
 * it forks. `print *shared` in a debugger.
 *
 * A slot is one logged-in session, and one process writes each part of it. The session's part counts its changes: odd
 * while it is being written, so that whoever reads beside that, or after its writer was killed in the midst of it,
 * takes nothing. What is lost so, here or with the keeper, is an acknowledgement that another will contain or that is
 * repeated: nothing here is the only copy of anything.
 */
#ifndef SHARED_H
#define SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/counts.h"

#ifndef SHARED_VERSION /* t/27-upgrade.t has a program with another one */
#define SHARED_VERSION 3
#endif
#define SHARED_ACKS 6   /* conversations with acknowledgements that are not stored yet */
#define SHARED_BEHIND 4 /* conversations told to a session at once */
#define SHARED_DENIED 256 /* blocks of addresses */
#define SWEEP_MS 60000 /* so often a session is compared with PostgreSQL at least, */
#define SWEEP_DEGRADED_MS 4000 /* and while its bus is away: with all that comes between, 5 s are kept */
#define SHARED_POKE 'w' /* the master to a session: look into your slot */

typedef _Atomic(int64_t) shared_int;

struct slot {
	/* who; by the session */
	_Alignas(64) shared_int child; /* the process's number in the master's count; 0: the slot is free */
	shared_int session; /* 0: not yet, or no more */
	shared_int user, device;
	shared_int pid;
	shared_int changes; /* of all this and of acks; odd: being written */
	shared_int stored;  /* by the keeper: what was handed over up to this change is in PostgreSQL */
	shared_int due;     /* when the keeper is to look at it next; by the keeper, and (odd then) the session if it is to be sooner */

	/* acknowledgements handed over, the first `acks` of them; by the session */
	shared_int acks;
	struct {
		shared_int conv, seq;
		shared_int arrived; /* others' texts are among them, whose sender is to be told */
	} ack[SHARED_ACKS];
	shared_int degraded; /* the session's bus is away */

	/* what the session has to look at; by the keeper, who counts his changes in the same way */
	shared_int wakes;
	shared_int poke; /* the master has to tell the session; taken back by the master */
	shared_int gone; /* its row */
	shared_int more; /* is behind in more conversations than are named */
	shared_int behind;
	struct {
		shared_int conv, high;
	} at[SHARED_BEHIND];

	/* what an administrator did; by the keeper, taken back by the session */
	shared_int look;  /* the row may have to go */
	shared_int names; /* enum names */
};

enum names { NAMES_SAME, NAMES_CHANGED, NAME_CHANGED /* its own */ };

extern struct shared {
	char name[8]; /* "chatd" */
	int version, slot_size, slots;
	_Atomic int top;  /* from here on no slot was ever used */
	_Atomic int hint; /* a free one is near */

	/* by the master */
	_Atomic int sessions;
	_Atomic bool handing_over;

	/* by the keeper */
	shared_int keeper_at; /* when it last went round its loop */
	_Atomic int registration; /* who may register: a word's place in shared.c; 0: not known yet */
	_Atomic bool away;    /* PostgreSQL does not answer it: what it was given waits there as well as with the session */
	shared_int denials;   /* changes of what follows; odd: it is being written */
	shared_int denied_n;
	struct address_block denied[SHARED_DENIED];

	_Atomic bool bus_away, db_away; /* its own connections are, as of a moment ago; sessions poked meanwhile ask their bus */
	shared_int memory;    /* of a session alone, on average, in bytes */

	/* counted since the start */
	struct counts counts; /* by whoever does it */
	shared_int acks_stored, ack_calls, ack_failures, sweeps, woken; /* by the keeper */
	shared_int own_acks, own_sweeps; /* calls of sessions, which the keeper left to them */

	struct slot slot[];
} *shared;

/* Leads to it, for a successor of the master; -1: not mapped. */
extern int shared_fd;
/*
 * Before any fork. Dies without memory. If shared_fd is one of a predecessor it is taken, and if that is of another version
 * its sessions are alone with it from then on: nobody keeps them, so they ask PostgreSQL themselves.
 */
void shared_map(int slots);

/* What the keeper last read of it; "unknown": nothing yet. */
const char *shared_registration(void);

/* No connection is to be accepted from there. */
bool shared_is_denied(const struct address *a);

/* The session's side */

/* A slot of one's own; NULL: all are taken. The session's row is in PostgreSQL already. due: as in the slot. */
struct slot *shared_enter(int64_t child, int64_t session, int64_t user, int64_t device, int64_t due);
void shared_leave(struct slot **slot);
/* The keeper is to look at it when it is due, and not to take a look that began before this for it. */
void shared_ask(struct slot *slot, int64_t due);
/* The keeper has stored all that was handed over. */
bool shared_is_stored(const struct slot *slot);
/* Hands one over, in place of all before if those are stored. false: there is no room. */
bool shared_hand_over(struct slot *slot, int64_t conv, int64_t seq, bool arrived);
/* The keeper went round its loop not long ago. */
bool shared_is_kept(void);

struct woken {
	bool gone, more;
	int n;
	struct {
		int64_t conv, high;
	} at[SHARED_BEHIND];
};
/* What the keeper has found out. */
void shared_read(struct slot *slot, struct woken *w);

/* The keeper's side */

void shared_set_registration(const char *word);

struct noted {
	int64_t changes, session, device;
	int n;
	struct {
		int64_t conv, seq;
		bool arrived;
	} ack[SHARED_ACKS];
};
/* false: there is nobody, or it is being written just now. */
bool shared_take(const struct slot *slot, struct noted *h);
void shared_wake(struct slot *slot, const struct woken *w);
/* Every session is to look into its slot. */
void shared_poke_all(void);
void shared_deny(const struct address_block block[], int n);
/* A child has ended: whatever it left here goes. */
void shared_free(struct slot *slot);

#endif
