/* SPDX-License-Identifier: ISC */
/*
 * send - put one text into a conversation the sender belongs to.
 *
 *	{"op":"send","to":"bob","cid":"b1f0","text":"hi"}
 *	{"ok":true,"conv":12,"seq":341,"at":"…"}
 *
 * cid makes a resend harmless: the same one gets the same seq back. Sends into
 * one conversation that have arrived together are stored by one commit.
 */
#include <json-c/json.h>
#include <string.h>

#include "session/deliver.h"
#include "session/event.h"
#include "handlers/handlers.h"
#include "lib/mutant.h"

#define PUBLISH_MAX (256 * 1024) /* Redis ends a subscriber that is some megabytes behind */

bool
send_joins(const struct req *a, const struct req *b)
{
	static const char *const keys[] = {"op", "to", "group", "conv"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct json_object *va = NULL, *vb = NULL;

		json_object_object_get_ex(a->json, keys[i], &va);
		json_object_object_get_ex(b->json, keys[i], &vb);
		if (!json_object_equal(va, vb))
			return false;
	}
	return true;
}

/* What was stored goes to everybody else in one message of the bus. */
static void
publish(struct conn *c, const struct sent *s, const struct send_item *const known[], size_t n)
{
	struct buf records = {0};

	for (size_t i = 0; i < n; i++) {
		struct entry e = {.conv = s->conv, .seq = known[i]->seq, .kind = "text", .from_id = c->user,
		    .from_name = c->user_name, .text = known[i]->text, .cid = known[i]->cid, .at = known[i]->at,
		    .is_group = s->is_group, .to_id = s->to_id, .to_name = s->to_name};

		record_entry(&records, &e, c->session, 0);
		if (i + 1 < n && buf_len(&records) < PUBLISH_MAX)
			continue;
		if (s->is_group)
			conn_publish(c, BUS_GROUP, s->conv, &records);
		else
			conn_publish(c, BUS_USER, s->to_id, &records);
		if (MUTANT(13) && !s->is_group)
			conn_publish(c, BUS_USER, 1, &records);
		if (!s->is_group && s->elsewhere)
			conn_publish(c, BUS_USER, c->user, &records);
		buf_cut(&records, 0);
	}
	buf_free(&records);
}

static enum error
check(struct req *rq, struct send_item *item)
{
	enum error e = want_str(rq, "text", 1, TEXT_MAX, &item->text);

	return e != E_OK ? e : want_str(rq, "cid", 1, 64, &item->cid);
}

static void
answer(struct req *rq, const struct sent *s, const struct send_item *item)
{
	if (item->state == SENT_CONFLICT) {
		rq->error = refuse(rq, E_CONFLICT, "that cid was used for another text");
		return;
	}
	if (item->state == SENT_REFUSED) {
		rq->error = refuse(rq, E_FORBIDDEN, "you may not write there any more");
		return;
	}
	jw_int(&rq->body, "conv", s->conv);
	jw_int(&rq->body, "seq", item->seq);
	jw_str(&rq->body, "at", item->at);
	if (item->state == SENT_DUP)
		jw_bool(&rq->body, "dup", true);
}

enum error
op_send(struct conn *c, struct req *batch)
{
	struct send_item items[SEND_MAX];
	const struct send_item *known[SEND_MAX];
	int64_t first = 0, last = 0, speaker = c->user;
	struct target to;
	struct sent s;
	size_t n = 0, k = 0;
	enum error e = want_target(batch, &to);

	if (e != E_OK) {
		for (struct req *rq = batch->next; rq != NULL; rq = rq->next)
			memcpy(rq->why, batch->why, sizeof(rq->why));
		return e;
	}
	for (struct req *rq = batch; rq != NULL; rq = rq->next)
		if ((rq->error = check(rq, &items[n])) == E_OK)
			n++;
	if (n == 0)
		return E_OK;
	if (MUTANT(11))
		may_int(batch, "sender", 1, 1000000, &speaker);
	e = db_message_send(c->db, speaker, c->session, &to, items, n, &s);
	if (e != E_OK)
		return e;
	n = 0;
	for (struct req *rq = batch; rq != NULL; rq = rq->next)
		if (rq->error == E_OK) {
			if (items[n].state == SENT_NEW || items[n].state == SENT_DUP)
				known[k++] = &items[n];
			if (items[n].state == SENT_NEW) {
				first = first != 0 ? first : items[n].seq;
				last = items[n].seq;
			}
			answer(rq, &s, &items[n++]);
		}
	/*
	 * Committed. A publish that is lost from here on costs the receivers one
	 * sweep interval, so it is not the sender's failure. What is sent again is
	 * published again: whoever stored it may have died before publishing.
	 */
	if (k > 0)
		publish(c, &s, known, k);
#if CHAOS_MUTANT == 2
	poll(NULL, 0, 5);
	db_mutant_commit(c->db);
#endif
	if (last != 0)
		deliver_own(c, s.conv, s.is_group, first, last);
	return E_OK;
}
