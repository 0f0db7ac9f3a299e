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

#include "handlers/ops.h"
#include "lib/counts.h"
#include "lib/jw.h"
#include "session/deliver.h"
#include "session/known.h"
#include "session/limits.h"
#include "session/quota.h"
#include "session/tell.h"

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

static enum error
send_check(struct req *rq, struct send_item *item)
{
	enum error e = want_str(rq, "text", 1, TEXT_MAX, &item->text);

	return e != E_OK ? e : want_str(rq, "cid", 1, 64, &item->cid);
}

static void
send_answer(struct req *rq, const struct sent *sent, const struct send_item *item, int64_t wait)
{
	if (item->state == SENT_CONFLICT) {
		rq->error = refuse(rq, E_CONFLICT, "that cid was used for another text");
		return;
	}
	if (item->state == SENT_LIMITED) {
		rq->error = refuse(rq, E_RATE_LIMITED, "%s", quota_refused(wait));
		rq->retry_after = wait;
		return;
	}
	if (item->state == SENT_REFUSED) {
		rq->error = refuse(rq, E_FORBIDDEN, "you may not write there any more");
		return;
	}
	jw_int(&rq->body, "conv", sent->conv);
	jw_int(&rq->body, "seq", item->seq);
	jw_str(&rq->body, "at", item->at);
	if (item->state == SENT_DUP)
		jw_bool(&rq->body, "dup", true);
}

/* Where that name led last time; if it is refused there, or there was no last time, as the client says it. */
static enum error
send_store(struct session *s, const struct target *asked, struct send_item items[], size_t n, struct sent *sent)
{
	struct target to = *asked;
	bool known = known_target(s, &to), stored = false;
	enum error e = E_OK;

	if (known && !to.group && n == 1)
		e = db_message_send_direct(s->db, s->user, s->id, &to, &items[0], sent, &stored);
	if (e == E_OK && !stored)
		e = db_message_send(s->db, s->user, s->id, &to, items, n, sent);
	if ((e == E_NOT_FOUND || e == E_FORBIDDEN) && known) {
		known_forget(s, asked);
		e = db_message_send(s->db, s->user, s->id, asked, items, n, sent);
	}
	if (e == E_OK)
		known_learn(s, asked, sent);
	return e;
}

/* *wait: for so many ms the user may send no more, but is still told what became of what was sent before; else 0. */
static enum error
send_limited(struct session *s, const struct target *to, struct send_item items[], size_t n, struct sent *sent, int64_t *wait)
{
	size_t bytes = 0;
	enum error e;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(items[i].text);
	if ((e = quota_text(s, bytes, wait)) == E_RATE_LIMITED)
		return db_message_sent_before(s->db, s->user, to, items, n, sent);
	if (e == E_OK)
		e = send_store(s, to, items, n, sent);
	for (size_t i = 0; i < n && e == E_OK; i++)
		if (items[i].state == SENT_NEW)
			quota_stored(s, strlen(items[i].text));
	return e;
}

enum error
op_send(struct session *s, struct req *batch)
{
	struct send_item items[SEND_MAX];
	const struct send_item *known[SEND_MAX];
	int64_t first = 0, last = 0, wait = 0;
	struct target to;
	struct sent sent;
	size_t n = 0, k = 0;
	enum error e = want_target(batch, &to);

	if (e != E_OK) {
		for (struct req *rq = batch->next; rq != NULL; rq = rq->next)
			memcpy(rq->why, batch->why, sizeof(rq->why));
		return e;
	}
	for (struct req *rq = batch; rq != NULL; rq = rq->next)
		if ((rq->error = send_check(rq, &items[n])) == E_OK)
			n++;
	if (n == 0)
		return E_OK;
	e = send_limited(s, &to, items, n, &sent, &wait);
	if (e != E_OK)
		return e;
	n = 0;
	for (struct req *rq = batch; rq != NULL; rq = rq->next)
		if (rq->error == E_OK) {
			if (wait == 0 && (items[n].state == SENT_NEW || items[n].state == SENT_DUP))
				known[k++] = &items[n];
			if (items[n].state == SENT_DUP)
				count(C_RESENT);
			if (items[n].state == SENT_NEW) {
				count(C_STORED);
				first = first != 0 ? first : items[n].seq;
				last = items[n].seq;
			}
			send_answer(rq, &sent, &items[n++], wait);
		}
	/*
	 * Committed. A publish that is lost from here on costs the receivers one
	 * sweep interval, so it is not the sender's failure. What is sent again is
	 * published again: whoever stored it may have died before publishing.
	 */
	if (k > 0)
		tell_sent(s, &sent, known, k);
	if (last != 0)
		deliver_own(s, sent.conv, sent.is_group, first, last);
	return E_OK;
}
