/* SPDX-License-Identifier: ISC */
/* hear - what replies and events mean, and what of it may not be (R0, R3, R4, R6). */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "lib/jw.h"

static const char *
str(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string)
		   ? json_object_get_string(v)
		   : "";
}

static int64_t
num(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static struct json_object *
sub(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

/*
 * An older session of this device, stuck until now, may store what was acknowledged
 * to it; the present one then goes on behind that. Only over what the device has had.
 */
static bool
had_between(const struct view *v, int64_t last, int64_t seq)
{
	while (++last < seq)
		if (!view_has(v, last))
			return false;
	return last == seq;
}

/* With --prompt: whatever the bus lost, who is connected does not wait long for a text. */
static void
is_prompt(const struct client *c, int i)
{
	int64_t from = w.texts[i].ok_at > c->up_at ? w.texts[i].ok_at : c->up_at,
		late = now_ms() - from;

	if (w.o.prompt == 0 || w.texts[i].ok_at == 0 || c->up_at == 0 || w.quiet ||
	    late <= w.o.prompt)
		return;
	broken(2, "text %d came to %s %lld ms after its acknowledgement or the login", i,
	    name_of(c), (long long)late);
}

static void
hear_text(const struct client *c, struct json_object *o, int64_t conv, int64_t seq)
{
	const char *from = str(sub(o, "from"), "name"), *cid = str(o, "cid");
	int i = text_number(str(o, "text"));
	char *words = i >= 0 ? text_words(i) : NULL, own[48];
	const struct text *t;

	if (i < 0 || strcmp(words, str(o, "text")) != 0) {
		broken(6, "%s got words nobody said at (%lld, %lld) from %s", name_of(c),
		    (long long)conv, (long long)seq, from);
		free(words);
		return;
	}
	free(words);
	t = &w.texts[i];
	text_cid(i, own);
	if (w.clients[t->client].user != user_of(from))
		broken(6, "%s got %s from %s, which %s said", name_of(c), own, from,
		    name_of(&w.clients[t->client]));
	if (t->state == OK && (t->conv != conv || t->seq != seq))
		broken(3, "%s got %s at (%lld, %lld), the sender was told (%lld, %lld)",
		    name_of(c), own, (long long)conv, (long long)seq, (long long)t->conv,
		    (long long)t->seq);
	if (cid[0] != '\0' && strcmp(cid, own) != 0)
		broken(3, "%s got %s with the cid %s", name_of(c), own, cid);
	same_for_all(c, conv, seq, i + 1);
	is_prompt(c, i);
}

static void
hear_message(struct client *c, struct json_object *o)
{
	int64_t conv = num(o, "conv"), seq = num(o, "seq");
	const char *kind = str(o, "kind"), *from = str(sub(o, "from"), "name");
	struct view *v = view_of(c, conv);
	bool own_join = strcmp(kind, "join") == 0 && strcmp(from, w.users[c->user].name) == 0;
	int user = user_of(from),
	    about = strcmp(kind, "kick") == 0 ? user_of(str(sub(o, "user"), "name")) : user;

	w.events++;
	record("%s delivered %lld %lld %s %s %s", name_of(c), (long long)conv, (long long)seq,
	    kind, from, str(sub(o, "user"), "name"));
	if (strcmp(kind, "text") == 0)
		hear_text(c, o, conv, seq);
	else
		same_for_all(c, conv, seq,
		    -((kind[0] * INT64_C(100000) + about + 1) * 100000 + user + 1));
	/* If the database goes away between a commit and the look at what came before it, the reply
	 * overtakes, and the own text comes once more in its place. */
	if (v->last >= 0 && seq != v->last + 1 && !(own_join && seq > v->last) &&
	    !(v->by_reply && seq <= v->last) && !had_between(v, v->last, seq))
		broken(4, "%s got (%lld, %lld) after %lld on one connection", name_of(c),
		    (long long)conv, (long long)seq, (long long)v->last);
	if (view_has(v, seq))
		w.repeats++;
	mark(v, seq);
	v->last = seq;
	v->by_reply = false;
	if (c->wanders >= 0 && about == c->user && conv == w.targets[c->wanders].conv)
		c->inside = own_join || (c->inside && strcmp(kind, "leave") != 0 &&
					    strcmp(kind, "kick") != 0);
	if (!c->lazy && rnd(3) == 0)
		acknowledge(c);
	else if (c->ack_at == INT64_MAX)
		c->ack_at = now_ms() + (c->lazy ? 2000 : 200);
}

static void
told_ok(struct client *c, int i, struct json_object *o)
{
	struct text *t = &w.texts[i];
	int64_t conv = num(o, "conv"), seq = num(o, "seq");
	bool dup = sub(o, "dup") != NULL;
	struct view *v = view_of(c, conv);
	char cid[48];

	text_cid(i, cid);
	record("%s ok %s %lld %lld%s", name_of(c), cid, (long long)conv, (long long)seq,
	    dup ? " dup" : "");
	if (t->state == OK && (t->conv != conv || t->seq != seq))
		broken(3, "%s was first (%lld, %lld), then (%lld, %lld)", cid,
		    (long long)t->conv, (long long)t->seq, (long long)conv, (long long)seq);
	if (t->state != OK)
		w.oks++;
	/*
	 * What was told before was stored before this was looked at: on an older connection, or by
	 * an earlier request on this one. So a text stored for this request comes after all of it;
	 * one that was asked for once is stored for this request, even if the server had to look
	 * twice and says dup. Only a repeat of an older attempt may stand further up.
	 */
	if ((!dup || t->attempts == 1) && seq <= v->told)
		broken(5, "%s was told (%lld, %lld) for %s, after %lld for an earlier one",
		    name_of(c), (long long)conv, (long long)seq, cid, (long long)v->told);
	if (t->ok_at == 0)
		t->ok_at = now_ms();
	t->state = OK;
	t->conv = conv;
	t->seq = seq;
	same_for_all(c, conv, seq, i + 1);
	mark(v, seq);
	if (w.targets[t->target].conv == 0)
		w.targets[t->target].conv = conv;
	if (seq > v->told)
		v->told = seq;
	if (dup) {
		w.dups++;
		return;
	}
	/* With a full window answers come before what others said earlier: they are no position
	 * then. */
	v->by_reply = v->by_reply || (v->last < 0 && c->synced);
	if (seq == v->last + 1 || (v->last < 0 && c->synced))
		v->last = seq;
	else if (seq > v->last + 1)
		w.aheads++;
	else
		broken(4, "%s was told (%lld, %lld) after %lld on one connection", name_of(c),
		    (long long)conv, (long long)seq, (long long)v->last);
	if (c->ack_at == INT64_MAX)
		c->ack_at = now_ms() + 200;
}

static void
once_more(struct client *c, int i)
{
	say_again(c, i);
	c->again_at = now_ms() + 100 + (int64_t)rnd(400);
}

static void
hear_send(struct client *c, int i, bool ok, struct json_object *o)
{
	const char *error = str(o, "error");

	if (num(o, "rid") != i)
		broken(0, "%s got a reply to %lld where one to %d was due", name_of(c),
		    (long long)num(o, "rid"), i);
	if (ok) {
		told_ok(c, i, o);
	} else if (strcmp(error, "unavailable") == 0 || strcmp(error, "rate_limited") == 0) {
		once_more(c, i);
	} else if (strcmp(error, "internal") == 0) {
		if (w.internals++ < 5)
			fprintf(stderr, "# internal: %s\n", str(o, "message"));
		once_more(c, i);
	} else if (strcmp(error, "forbidden") == 0 && w.targets[w.texts[i].target].group) {
		record("%s refused %d", name_of(c), i);
		if (w.texts[i].state == OK)
			broken(3, "text %d was stored and is refused now", i);
		w.texts[i].state = REFUSED;
		w.texts[i].refused_at = log_end(w.targets[w.texts[i].target].conv);
		w.refused++;
	} else {
		broken(0, "%s: text %d is answered %s %s", name_of(c), i, error,
		    str(o, "message"));
	}
}

/* A kick whose outcome is unknown is not asked for again: others will follow. */
static void
hear_kick(const struct client *c, struct target *t, bool ok, struct json_object *o)
{
	const char *error = str(o, "error");

	if (ok)
		t->kicks++;
	else if (strcmp(error, "unavailable") == 0 || strcmp(error, "internal") == 0)
		t->kicks_unknown++;
	else if (strcmp(error, "not_found") != 0 && strcmp(error, "rate_limited") != 0)
		broken(0, "%s: a kick from %s is answered %s %s", name_of(c), t->name, error,
		    str(o, "message"));
}

static void
hear_session(struct client *c, struct json_object *o)
{
	struct json_object *groups = sub(o, "groups");

	snprintf(c->token, sizeof(c->token), "%s", str(o, "token"));
	w.users[c->user].id = num(sub(o, "user"), "id");
	c->state = UP;
	c->up_at = now_ms();
	c->backoff = 0;
	if (c->wanders >= 0 && groups != NULL) {
		c->inside = false;
		for (size_t i = 0; i < json_object_array_length(groups); i++)
			if (strcmp(str(json_object_array_get_idx(groups, i), "name"),
				w.targets[c->wanders].name) == 0)
				c->inside = true;
	}
	record("%s session", name_of(c));
}

static void
hear_reply(struct client *c, struct json_object *o)
{
	struct pending p = c->pending[c->first];
	bool ok = json_object_get_boolean(sub(o, "ok"));
	const char *error = str(o, "error");
	int64_t late = now_ms() - (p.due - REPLY_MS);

	if (c->n == 0) {
		broken(0, "%s got a reply to nothing: %s", name_of(c),
		    json_object_to_json_string(o));
		return;
	}
	c->first = (c->first + 1) % 64;
	c->n--;
	if (p.what == ASK_SEND && late > 1000)
		w.late++;
	switch (p.what) {
	case ASK_REGISTER:
		if (ok || strcmp(error, "name_taken") == 0)
			w.users[c->user].registered = true;
		break;
	case ASK_LOGIN:
	case ASK_RESUME:
		if (ok)
			hear_session(c, o);
		else if (strcmp(error, "bad_credentials") == 0 && p.what == ASK_RESUME)
			broken(0, "the token of %s is not taken", name_of(c));
		if (!ok)
			lost(c, error, 200 + (int64_t)rnd(800));
		break;
	case ASK_CREATE:
	case ASK_JOIN:
		if (ok)
			w.targets[p.arg].conv = num(sub(o, "group"), "id");
		if (ok && p.what == ASK_JOIN && c->wanders == p.arg)
			c->inside = true;
		else if (!ok && strcmp(error, "unavailable") != 0 &&
			 strcmp(error, "name_taken") != 0)
			broken(0, "%s: group answered %s %s", name_of(c), error,
			    str(o, "message"));
		break;
	case ASK_LEAVE:
		if (ok || strcmp(error, "forbidden") == 0) /* the first time was heard, its answer not */
			c->inside = false;
		break;
	case ASK_KICK:
		hear_kick(c, &w.targets[p.arg], ok, o);
		break;
	case ASK_SEND:
		hear_send(c, p.arg, ok, o);
		break;
	case ASK_PING:
		c->said_pong = ok;
		break;
	}
}

void
hear(struct client *c, char *line)
{
	struct json_object *o = json_tokener_parse(line);
	const char *ev;

	if (o == NULL || !json_object_is_type(o, json_type_object)) {
		broken(0, "%s got no object: %.80s", name_of(c), line);
		return;
	}
	ev = str(o, "ev");
	if (ev[0] == '\0')
		hear_reply(c, o);
	else if (strcmp(ev, "message") == 0)
		hear_message(c, o);
	else if (strcmp(ev, "synced") == 0)
		c->synced = true;
	else if (strcmp(ev, "ping") == 0)
		buf_adds(&c->out, "{\"op\":\"pong\"}\n");
	else if (strcmp(ev, "bus") == 0)
		w.degraded += strcmp(str(o, "state"), "degraded") == 0;
	else if (strcmp(ev, "bye") == 0) {
		int64_t wait = num(o, "retry_after_ms");

		w.byes++;
		record("%s bye %s", name_of(c), str(o, "reason"));
		if (strcmp(str(o, "reason"), "abuse") == 0)
			broken(0, "%s is told bye abuse", name_of(c));
		/* An earlier attempt of ours, dead by now, may be heard after a later one. */
		w.replaced += strcmp(str(o, "reason"), "replaced") == 0;
		lost(c, "bye", 1 + (wait > 1000 ? 1000 : wait) + (int64_t)rnd(300));
	}
	json_object_put(o);
}
