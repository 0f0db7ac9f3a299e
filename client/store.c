/* SPDX-License-Identifier: ISC */
#include "client/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client/home.h"
#include "client/options.h"
#include "client/js.h"
#include "client/session.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/mem.h"

static int
take_lock(struct store *st, enum store_role role, int64_t deadline)
{
	struct buf path = {0};

	buf_addf(&path, "%s.lock", st->path);
	st->lock = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->lock < 0)
		complain("cannot open %s: %s", buf_str(&path), strerror(errno));
	buf_free(&path);
	if (st->lock < 0)
		return -1;
	while (flock(st->lock, LOCK_EX | LOCK_NB) < 0) {
		if (clock_ms() < deadline) {
			poll(NULL, 0, 20 + (int)clock_jitter(30));
			continue;
		}
		st->busy = true;
		if (role == STORE_FOLLOWER)
			complain("%s is open in another chat on this machine (device %s); "
			         "use --device NAME for one more", st->user, st->device);
		else
			complain("another command of %s is still running (device %s)", st->user, st->device);
		return -1;
	}
	return 0;
}

static int
load(struct store *st)
{
	struct json_object *obj;
	char *text;
	size_t n;
	int rc = home_read(st->path, &text, &n);

	st->cursors = json_object_new_object();
	if (rc <= 0)
		return rc;
	obj = js_parse(text, n);
	free(text);
	if (*js_str(obj, "token") != '\0')
		st->token = mem_strdup(js_str(obj, "token"));
	st->epoch = mem_strdup(js_str(obj, "epoch"));
	if (json_object_is_type(js_get(obj, "cursors"), json_type_object)) {
		json_object_put(st->cursors);
		st->cursors = json_object_get(js_get(obj, "cursors"));
	}
	json_object_put(obj);
	return st->token != NULL;
}

int
store_open(struct store *st, const char *server, const char *user, const char *device,
    enum store_role role, int64_t deadline)
{
	struct buf path = {0};
	char *made = NULL;

	*st = (struct store){.lock = -1};
	st->user = mem_strdup(user);
	if (device == NULL && (device = made = home_device(server)) == NULL)
		return -1;
	snprintf(st->device, sizeof(st->device), "%.*s%s", DEVICE_BASE_MAX, device,
	    role == STORE_COMMAND ? "-cmd" : "");
	free(made);
	if (!home_path(&path, server, user, st->device))
		return -1;
	st->path = mem_strdup(buf_str(&path));
	buf_free(&path);
	if (take_lock(st, role, deadline) < 0)
		return -1;
	return load(st);
}

int
store_save(struct store *st)
{
	const char *cursors = json_object_to_json_string_ext(st->cursors, JSON_C_TO_STRING_PLAIN);
	struct buf b = {0};
	int rc;

	jw_open(&b, NULL, '{');
	jw_str(&b, "token", st->token != NULL ? st->token : "");
	jw_str(&b, "epoch", st->epoch != NULL ? st->epoch : "");
	jw_raw(&b, "cursors", cursors, strlen(cursors));
	jw_close(&b, '}');
	buf_addc(&b, '\n');
	rc = home_write(st->path, &b);
	explicit_bzero(buf_data(&b), buf_len(&b));
	buf_free(&b);
	return rc;
}

void
store_erase(struct store *st)
{
	if (unlink(st->path) < 0 && errno != ENOENT)
		complain("cannot remove %s: %s", st->path, strerror(errno));
}

void
store_close(struct store *st)
{
	if (st->lock >= 0)
		close(st->lock);
	json_object_put(st->cursors);
	free(st->path);
	free(st->user);
	free(st->token);
	free(st->epoch);
	*st = (struct store){.lock = -1};
}

void
store_set_token(struct store *st, const char *token)
{
	free(st->token);
	st->token = mem_strdup(token);
}

void
store_set_epoch(struct store *st, const char *epoch)
{
	free(st->epoch);
	st->epoch = mem_strdup(epoch);
	json_object_put(st->cursors);
	st->cursors = json_object_new_object();
}

/* A number by a number: {"CONV": seq}. */
static void
note(struct json_object *numbers, int64_t conv, int64_t seq)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)conv);
	json_object_object_add(numbers, key, json_object_new_int64(seq));
}

int64_t
store_cursor(const struct store *st, int64_t conv)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)conv);
	return js_int(st->cursors, key);
}

void
store_set_cursor(struct store *st, int64_t conv, int64_t seq)
{
	note(st->cursors, conv, seq);
}

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
	const char *epoch = js_str(reply, "epoch");

	if (f->store->epoch != NULL && strcmp(f->store->epoch, epoch) == 0)
		return;
	store_set_epoch(f->store, epoch);
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

	if (!follow_is_new(f, message))
		seq = store_cursor(f->store, conv);
	else
		store_set_cursor(f->store, conv, seq);
	if (f->shown == NULL)
		f->shown = json_object_new_object();
	note(f->shown, conv, seq);
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
