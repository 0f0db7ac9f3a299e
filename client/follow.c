/* SPDX-License-Identifier: ISC */
#include "client/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/js.h"
#include "lib/jw.h"

void
follow_init(struct follow *f, struct store *store, struct session *session)
{
	*f = (struct follow){.store = store, .session = session};
}

void
follow_free(struct follow *f)
{
	json_object_put(f->shown);
	json_object_put(f->outcomes);
	f->shown = f->outcomes = NULL;
}

void
follow_up(struct follow *f, struct json_object *reply)
{
	struct json_object *epoch = js_get(reply, "epoch");
	const char *token = js_str(reply, "token");
	bool changed = false;

	if (epoch != NULL && (f->store->epoch == NULL ||
	                         strcmp(f->store->epoch, json_object_get_string(epoch)) != 0)) {
		store_set_epoch(f->store, json_object_get_string(epoch));
		changed = true;
	}
	if (*token != '\0' && (f->store->token == NULL || strcmp(f->store->token, token) != 0)) {
		store_set_token(f->store, token);
		free(f->session->token);
		f->session->token = strdup(token);
		changed = true;
	}
	if (changed)
		store_save(f->store);
}

bool
follow_is_new(const struct follow *f, struct json_object *message)
{
	return js_int(message, "seq") > store_cursor(f->store, js_int(message, "conv"));
}

/* "CONV/SEQ" of what was edited or deleted. */
static void
outcome_key(char key[48], struct json_object *message, const char *seq)
{
	snprintf(key, 48, "%lld/%lld", (long long)js_int(message, "conv"), (long long)js_int(message, seq));
}

void
follow_outcome(struct follow *f, struct json_object *message)
{
	struct json_object *at = js_get(message, "deleted_at");
	char key[48];

	if (at == NULL && (at = js_get(message, "edited_at")) == NULL)
		return;
	if (f->outcomes == NULL)
		f->outcomes = json_object_new_object();
	outcome_key(key, message, "seq");
	json_object_object_add(f->outcomes, key, json_object_get(at));
}

bool
follow_repeats(const struct follow *f, struct json_object *message)
{
	char key[48];

	outcome_key(key, message, "ref");
	return js_int(message, "ref") > 0 && strcmp(js_str(message, "at"), js_str(f->outcomes, key)) <= 0;
}

void
follow_shown(struct follow *f, struct json_object *message)
{
	int64_t conv = js_int(message, "conv"), seq = js_int(message, "seq");
	char key[24];

	if (!follow_is_new(f, message))
		seq = store_cursor(f->store, conv);
	else
		store_set_cursor(f->store, conv, seq);
	if (f->shown == NULL)
		f->shown = json_object_new_object();
	snprintf(key, sizeof(key), "%lld", (long long)conv);
	json_object_object_add(f->shown, key, json_object_new_int64(seq));
}

int
follow_acknowledge(struct follow *f)
{
	int rc;

	if (f->shown == NULL)
		return 0;
	/* Ours first: dying in between costs nothing, the server repeats and we know it. */
	rc = store_save(f->store);
	json_object_object_foreach(f->shown, key, seq) {
		struct buf b = request("ack");

		jw_int(&b, "conv", strtoll(key, NULL, 10));
		jw_int(&b, "seq", json_object_get_int64(seq));
		session_tell(f->session, &b);
	}
	json_object_put(f->shown);
	f->shown = NULL;
	return rc;
}
