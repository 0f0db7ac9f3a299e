/* SPDX-License-Identifier: ISC */
#include "master/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "db/turn.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "session/shared.h"
#include "session/tell.h"

#define TIDY_MS 600000   /* between two rounds through all conversations */
#define TIDY_STEP_MS 500 /* between two steps of one, each of which takes up to 300 ms */

struct outbox {
	struct db *db;
	struct bus *bus;
	int64_t done[LETTERS];
	size_t n;
	bool denials; /* the list of them is to be read */
	int64_t tidy_at, tidied; /* up to that conversation */
};

struct outbox *
outbox_new(struct db *db, struct bus *bus)
{
	struct outbox *o = mem_alloc(sizeof(*o));

	*o = (struct outbox){.db = db, .bus = bus, .denials = true,
	    .tidy_at = clock_ms() + clock_jitter(TIDY_MS / 10)};
	return o;
}

void
outbox_free(struct outbox **o)
{
	free(*o);
	*o = NULL;
}

/* Sessions of that user have to look; after a change of names all do. */
static void
wake_sessions(const struct letter *l)
{
	bool names = strcmp(l->what, "names") == 0;

	for (int at = 0; at < shared->top; at++) {
		struct slot *slot = &shared->slot[at];

		if (slot->child == 0 || (!names && slot->user != l->user))
			continue;
		if (!names)
			slot->look = 1;
		else if (slot->user == l->user)
			slot->names = NAME_CHANGED;
		else if (slot->names == NAMES_SAME)
			slot->names = NAMES_CHANGED;
		slot->poke = 1;
	}
}

/* Returns whether sessions have to be poked. */
static bool
carry_out(struct outbox *o, const struct letter *l)
{
	if (strcmp(l->what, "look") == 0 || strcmp(l->what, "names") == 0) {
		wake_sessions(l);
		return true;
	}
	if (strcmp(l->what, "deny") == 0)
		o->denials = true;
	else if (strcmp(l->what, "purge") == 0)
		o->tidy_at = o->tidied = 0;
	else
		tell_letter(o->db, o->bus, l);
	return false;
}

static bool
take_letters(struct outbox *o)
{
	static struct letter l[LETTERS];
	size_t n = 0;
	bool poke = false;

	db_part(o->db, "letter");
	while (n < LETTERS && db_letter_next(o->db, &l[n]))
		n++;
	for (o->n = 0; o->n < n; o->n++) {
		poke = carry_out(o, &l[o->n]) || poke;
		o->done[o->n] = l[o->n].id;
	}
	return poke;
}

static void
read_denials(struct outbox *o)
{
	struct address_block block[SHARED_DENIED];
	const char *text;
	int n = 0, left = 0;

	if (db_denied(o->db) != E_OK)
		return;
	while (db_denied_next(o->db, &text)) {
		if (n == SHARED_DENIED)
			left++; /* the oldest ones: their sessions end, but who comes from there is let in */
		else if (address_block_parse(text, &block[n]))
			n++;
	}
	if (left > 0)
		log_warn("denied_full", "most=%d left_out=%d", SHARED_DENIED, left);
	shared_deny(block, n);
	o->denials = false;
}

static void
outbox_tidy(struct outbox *o)
{
	if (db_tidy(o->db, &o->tidied) != E_OK)
		o->tidied = 0;
	o->tidy_at = clock_ms() + (o->tidied != 0 ? TIDY_STEP_MS : TIDY_MS / 2 + clock_jitter(TIDY_MS / 2));
}

const int64_t *
outbox_done(const struct outbox *o, size_t *n)
{
	*n = o->n;
	return o->done;
}

bool
outbox_work(struct outbox *o)
{
	bool poke = take_letters(o);

	if (o->denials)
		read_denials(o);
	if (clock_ms() >= o->tidy_at)
		outbox_tidy(o);
	return poke;
}
