/* SPDX-License-Identifier: ISC */
/*
 * pool - the master's children. One is forked ahead of need, waits as a spare,
 * is handed one client, serves it and ends. The verbs: spawn, hand over, reap, retire.
 *
 * Handing over: the client's socket goes to the child in one SCM_RIGHTS message;
 * the child answers with one byte when it has it. Until then the master keeps its
 * own copy, so that a child that dies or hangs costs the client nothing.
 */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "master/config.h"
#include "master/handover.h"

/*
 * What a child does with its client; ctl ends when the master does. Both descriptors are taken.
 * Returns the exit status: 0, or another if the session's end could not be written down.
 */
typedef int pool_fn(const struct node *node, int ctl, int client, const char *addr, int64_t child);
/* A child has said a word (enum ctl_word) about the guest it was given; 0, and no child: it will say no more of it. */
struct child;
typedef void heard_fn(void *guest, struct child *ch, int word);

void pool_init(const struct config *cf, pool_fn *serve, heard_fn *heard);
/* Forks until there are enough spares; after children that died young it waits a little first. false: none was needed, or possible. */
bool pool_spawn(void);
int pool_spares(void);
int pool_children(void); /* all */
/* Takes client: gives it to a spare child; there must be one. */
void pool_hand_over(int client, const struct handed *from, void *guest);
/* Tells a child that it has a place. */
void pool_give_place(struct child *ch);
/* Tells a child to say goodbye. */
void pool_dismiss(struct child *ch);
/* A child that did not answer in time is killed, its client given to another, once. */
void pool_answers(void);
/* When pool_spawn() or pool_answers() has something to do at the latest. */
int64_t pool_due(void);

/*
 * waitpid() until nothing is left. lost() is told the number of each child that
 * ended without writing down its session; other() of processes that are not ours.
 */
void pool_reap(void (*lost)(int64_t child), void (*other)(int pid, int status));
/* The number of the youngest child. */
int64_t pool_last(void);
/* Calls fn with the number of each child, spares too: they may have a client a moment later. */
void pool_each(void (*fn)(int64_t child));

/* Tells the session with this number, if it is that process, to look into its slot. */
void pool_poke(pid_t pid, int64_t number);

/* Children made from now on know these settings, and there are no spares of before. */
void pool_renew(const struct config *cf);
/* Each session says in the log who it is. */
void pool_report(void);

/* Lets the spares go. No more are made. */
void pool_retire(void);
/* Tells all sessions to say goodbye. */
void pool_drain(void);
/* Ends what is left, now. */
void pool_kill(void);

#endif
