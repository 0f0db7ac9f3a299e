/* SPDX-License-Identifier: ISC */
#include "session/shared.h"

#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define KEPT_MS 5000
#define LAYOUT (SHARED_VERSION << 20 | (int)sizeof(struct shared)) /* who adds a field need not think of the version */

struct shared *shared;

int shared_fd = -1;

/* What a program of before has left: of use if slots mean the same to it. */
static bool
shared_take_over(void)
{
	size_t size = sizeof(*shared);

	shared = mem_shared("chatd", size, &shared_fd);
	if (shared == NULL || strcmp(shared->name, "chatd") != 0 || shared->version != LAYOUT ||
	    shared->slot_size != (int)sizeof(shared->slot[0]))
		return false;
	size += (size_t)shared->slots * sizeof(shared->slot[0]);
	shared = mem_shared("chatd", size, &shared_fd);
	return shared != NULL;
}

void
shared_map(int slots)
{
	size_t size = sizeof(*shared) + (size_t)slots * sizeof(shared->slot[0]);

	if (shared_fd < 0 || !shared_take_over()) {
		if (shared_fd >= 0)
			close(shared_fd);
		shared_fd = -1;
		shared = mem_shared("chatd", size, &shared_fd);
		strcpy(shared->name, "chatd");
		shared->version = LAYOUT;
		shared->slot_size = (int)sizeof(shared->slot[0]);
		shared->slots = slots;
	}
	counts = &shared->counts;
}

static const char *const registrations[] = {"unknown", "open", "invite", "closed"};

const char *
shared_registration(void)
{
	return registrations[shared->registration];
}

void
shared_set_registration(const char *word)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(word, registrations[i]) == 0)
			shared->registration = i;
}

/* Who was killed within left it odd already. */
static void
begin(shared_int *changes)
{
	*changes |= 1;
}

static void
end(shared_int *changes)
{
	*changes += 1;
}

/* The first free slot from the hint on; ours from here on. */
static struct slot *
claim(int64_t child)
{
	int from = shared->hint;

	for (int i = 0; i < shared->slots; i++) {
		int at = (from + i) % shared->slots, top = shared->top;
		int64_t nobody = 0;

		if (!atomic_compare_exchange_strong(&shared->slot[at].child, &nobody, child))
			continue;
		shared->hint = at + 1 < shared->slots ? at + 1 : 0;
		while (top <= at && !atomic_compare_exchange_weak(&shared->top, &top, at + 1))
			;
		return &shared->slot[at];
	}
	return NULL;
}

struct slot *
shared_enter(int64_t child, int64_t session, int64_t user, int64_t device, int64_t due)
{
	struct slot *slot = claim(child);

	if (slot == NULL)
		return NULL;
	begin(&slot->changes);
	slot->user = user;
	slot->device = device;
	slot->pid = getpid();
	slot->acks = slot->degraded = slot->look = slot->names = 0;
	shared_ask(slot, due);
	slot->session = session;
	end(&slot->changes);
	return slot;
}

/* Odd, which the keeper's own are not: he puts off only what he has seen. */
void
shared_ask(struct slot *slot, int64_t due)
{
	slot->due = due | 1;
}

void
shared_free(struct slot *slot)
{
	int at = (int)(slot - shared->slot);

	slot->session = 0;
	slot->child = 0;
	if (at < shared->hint)
		shared->hint = at;
}

void
shared_leave(struct slot **slot)
{
	if (*slot != NULL)
		shared_free(*slot);
	*slot = NULL;
}

bool
shared_is_stored(const struct slot *slot)
{
	return slot->stored >= slot->changes;
}

bool
shared_hand_over(struct slot *slot, int64_t conv, int64_t seq, bool arrived)
{
	int64_t n = shared_is_stored(slot) ? 0 : slot->acks, i = 0;

	while (i < n && slot->ack[i].conv != conv)
		i++;
	if (i == SHARED_ACKS)
		return false;
	begin(&slot->changes);
	slot->ack[i].conv = conv;
	slot->ack[i].seq = seq;
	slot->ack[i].arrived = arrived;
	slot->acks = i < n ? n : i + 1;
	end(&slot->changes);
	return true;
}

bool
shared_is_kept(void)
{
	return clock_ms() - shared->keeper_at < KEPT_MS;
}

bool
shared_take(const struct slot *slot, struct noted *h)
{
	int64_t changes = slot->changes;

	if ((changes & 1) != 0 || slot->session == 0)
		return false;
	*h = (struct noted){.changes = changes, .session = slot->session, .device = slot->device, .n = (int)slot->acks};
	for (int i = 0; i < h->n && i < SHARED_ACKS; i++) {
		h->ack[i].conv = slot->ack[i].conv;
		h->ack[i].seq = slot->ack[i].seq;
		h->ack[i].arrived = slot->ack[i].arrived;
	}
	return slot->changes == changes && h->n <= SHARED_ACKS;
}

void
shared_wake(struct slot *slot, const struct woken *w)
{
	begin(&slot->wakes);
	slot->gone = w->gone;
	slot->more = w->more;
	slot->behind = w->n;
	for (int i = 0; i < w->n; i++) {
		slot->at[i].conv = w->at[i].conv;
		slot->at[i].high = w->at[i].high;
	}
	end(&slot->wakes);
	slot->poke = 1;
}

void
shared_poke_all(void)
{
	for (int at = 0; at < shared->top; at++)
		if (shared->slot[at].child != 0)
			shared->slot[at].poke = 1;
}

void
shared_read(struct slot *slot, struct woken *w)
{
	int64_t wakes = slot->wakes;

	*w = (struct woken){.gone = slot->gone, .more = slot->more, .n = (int)slot->behind};
	for (int i = 0; i < w->n && i < SHARED_BEHIND; i++) {
		w->at[i].conv = slot->at[i].conv;
		w->at[i].high = slot->at[i].high;
	}
	/* Written beside us, or by a keeper who was killed: anything may be. */
	if ((wakes & 1) != 0 || slot->wakes != wakes || w->n > SHARED_BEHIND)
		*w = (struct woken){.gone = true, .more = true};
	if (atomic_exchange(&slot->look, 0) != 0)
		w->gone = true;
}

void
shared_deny(const struct address_block block[], int n)
{
	begin(&shared->denials);
	shared->denied_n = n;
	memcpy(shared->denied, block, (size_t)n * sizeof(block[0]));
	end(&shared->denials);
}

bool
shared_is_denied(const struct address *a)
{
	static struct address_block block[SHARED_DENIED];
	static int64_t changes, n;
	int64_t now = shared->denials;

	if (now != changes && (now & 1) == 0) {
		int64_t count = shared->denied_n;

		memcpy(block, shared->denied, sizeof(block));
		if (shared->denials == now) {
			changes = now;
			n = count;
		}
	}
	for (int i = 0; i < n; i++)
		if (address_in_block(a, &block[i]))
			return true;
	return false;
}
