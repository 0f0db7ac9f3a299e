/* SPDX-License-Identifier: ISC */
#include "client/show.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/js.h"
#include "lib/utf8.h"

void
show_json(struct buf *out, const char *json, size_t n)
{
	struct buf safe = {0};

	while (n > 0) {
		uint32_t cp = 0xfffd;
		size_t len = utf8_decode(json, n, &cp);

		if (len == 0)
			len = 1; /* not UTF-8: shown as U+FFFD */
		buf_drop(&safe, buf_len(&safe));
		utf8_safe(&safe, json, len);
		if (buf_len(&safe) == len && memcmp(buf_data(&safe), json, len) == 0)
			buf_add(out, json, len);
		else if (cp >= ' ')
			buf_addf(out, "\\u%04x", cp);
		else
			buf_addc(out, ' '); /* raw control characters are only white space in JSON */
		json += len;
		n -= len;
	}
	buf_free(&safe);
}

void
show_json_value(struct buf *out, struct json_object *value)
{
	const char *s = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	show_json(out, s, strlen(s));
}

void
show_json_line(const char *json)
{
	struct buf out = {0};

	show_json(&out, json, strlen(json));
	buf_addc(&out, '\n');
	show_out(&out);
	buf_free(&out);
}

void
show_member(struct buf *out, struct json_object *obj, const char *key)
{
	size_t n;
	const char *s = js_strn(obj, key, &n);

	utf8_safe(out, s, n);
}

void
show_name(struct buf *out, struct json_object *obj, const char *key)
{
	if (json_object_is_type(js_get(obj, key), json_type_object))
		show_member(out, js_get(obj, key), "name");
	else
		show_member(out, obj, key);
}

static int
local_time(const char *at, struct tm *tm)
{
	struct tm utc = {0};
	time_t t;

	if (strptime(at, "%Y-%m-%dT%H:%M:%S", &utc) == NULL)
		return -1;
	t = timegm(&utc);
	return localtime_r(&t, tm) != NULL ? 0 : -1;
}

static void
add_time(struct buf *out, const char *at, const char *format)
{
	struct tm tm;
	char text[80];

	if (local_time(at, &tm) == 0)
		buf_add(out, text, strftime(text, sizeof(text), format, &tm));
}

void
show_time(struct buf *out, const char *at)
{
	add_time(out, at, "%H:%M");
}

int
show_day(struct buf *out, const char *at)
{
	time_t now = time(NULL);
	struct tm tm;

	if (at == NULL ? localtime_r(&now, &tm) == NULL : local_time(at, &tm) < 0)
		return 0;
	if (at != NULL)
		add_time(out, at, "%A, %-d %B %Y");
	return (tm.tm_year + 1900) * 1000 + tm.tm_yday;
}

static void
add_dated(struct buf *out, const char *at)
{
	add_time(out, at, "%Y-%m-%d %H:%M:%S");
}

void
show_where(struct buf *out, struct json_object *message)
{
	if (js_get(message, "group") != NULL) {
		buf_addc(out, '#');
		show_name(out, message, "group");
	} else {
		show_name(out, message, "to");
	}
}

void
show_text(struct buf *out, const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		const char *plain = s;

		while (s < end && *s != '\n' && *s != '\t')
			s++;
		utf8_safe(out, plain, (size_t)(s - plain));
		if (s < end)
			buf_adds(out, *s == '\n' ? "\n      | " : "    ");
		s++;
	}
}

/* {"description":"x"}: what was changed about a group. */
static void
add_changes(struct buf *out, const char *text, size_t n)
{
	struct json_object *changes = js_parse(text, n);
	const char *before = " ";

	if (changes == NULL)
		return;
	json_object_object_foreach(changes, key, value) {
		buf_addf(out, "%s", before);
		utf8_safe(out, key, strlen(key));
		buf_addc(out, ' ');
		utf8_safe(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
		before = ", ";
	}
	json_object_put(changes);
}

bool
show_is_act(struct json_object *message)
{
	return js_is(message, "kind", "text") && strncmp(js_str(message, "text"), "/me ", 4) == 0;
}

void
show_body(struct buf *out, struct json_object *message, bool lines)
{
	static const char *const deeds[][2] = {
		{"join", " joined"}, {"leave", " left"}, {"kick", " removed "}, {"role", " made "}, {"group", " changed the group:"},
	};
	size_t n, skip = show_is_act(message) ? 3 : 0;
	const char *text = js_strn(message, "text", &n);

	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
		if (!js_is(message, "kind", deeds[i][0]))
			continue;
		buf_adds(out, deeds[i][1]);
		show_name(out, message, "user");
		if (js_is(message, "kind", "group"))
			add_changes(out, text, n);
		else if (js_is(message, "kind", "role"))
			buf_addf(out, " %s", text);
		return;
	}
	buf_adds(out, skip > 0 ? "" : ": ");
	if (js_is(message, "kind", "delete") || js_get(message, "deleted_at") != NULL)
		buf_adds(out, "(deleted)");
	else if (lines)
		show_text(out, text + skip, n - skip);
	else
		utf8_safe(out, text + skip, n - skip);
	if (js_is(message, "kind", "edit") || (js_get(message, "edited_at") != NULL && js_get(message, "deleted_at") == NULL))
		buf_adds(out, " (edited)");
}

static void
add_line(struct buf *out, struct json_object *message, bool where)
{
	add_dated(out, js_str(message, "at"));
	buf_addc(out, ' ');
	if (js_get(message, "group") != NULL) {
		show_where(out, message);
		buf_addc(out, ' ');
	}
	buf_adds(out, show_is_act(message) ? "* " : "");
	show_name(out, message, "from");
	if (where && js_get(message, "to") != NULL) {
		buf_adds(out, " to ");
		show_where(out, message);
	}
	show_body(out, message, false);
}

void
show_line(struct buf *out, struct json_object *message)
{
	add_line(out, message, false);
}

void
show_entry(struct buf *out, struct json_object *message)
{
	if (!js_is(message, "kind", "edit") && !js_is(message, "kind", "delete"))
		add_line(out, message, false);
}

void
show_hit(struct buf *out, struct json_object *message)
{
	add_line(out, message, true);
}

void
show_device(struct buf *out, struct json_object *device)
{
	show_member(out, device, "device");
	if (js_true(device, "online")) {
		buf_adds(out, "  online");
	} else {
		buf_adds(out, "  last seen ");
		add_dated(out, js_str(device, "last_seen"));
	}
}

/* Members one after the other, two blanks between; those that are empty are left out. */
static void
add_fields(struct buf *out, struct json_object *row, const char *const keys[])
{
	for (size_t i = 0; keys[i] != NULL; i++)
		if (i == 0 || *js_str(row, keys[i]) != '\0') {
			buf_adds(out, i > 0 ? "  " : "");
			show_member(out, row, keys[i]);
		}
}

#define ADD_FIELDS(out, row, ...) add_fields(out, row, (const char *const[]){__VA_ARGS__, NULL})

void
show_user(struct buf *out, struct json_object *user)
{
	show_member(out, user, "name");
}

void
show_online(struct buf *out, struct json_object *user)
{
	if (js_is(user, "state", "online"))
		show_member(out, user, "name");
}

void
show_friend(struct buf *out, struct json_object *user)
{
	ADD_FIELDS(out, user, "name", "state");
	buf_adds(out, js_true(user, "mutual") ? "" : "  (has not added you)");
}

void
show_member_row(struct buf *out, struct json_object *member)
{
	ADD_FIELDS(out, member, "name", "role", "state");
}

void
show_group(struct buf *out, struct json_object *group)
{
	buf_addc(out, '#');
	ADD_FIELDS(out, group, "name", "role", "description");
}

void
show_found(struct buf *out, struct json_object *group)
{
	buf_addc(out, '#');
	show_member(out, group, "name");
	buf_addf(out, "  %lld in it  ", (long long)js_int(group, "members"));
	show_member(out, group, "description");
}

void
show_unread(struct buf *out, struct json_object *conv)
{
	struct json_object *group = js_get(conv, "group");

	if (js_int(conv, "unread") <= 0)
		return;
	buf_addf(out, "%lld  %s", (long long)js_int(conv, "unread"), group != NULL ? "#" : "");
	show_member(out, group != NULL ? group : js_get(conv, "peer"), "name");
}

int
show_out(struct buf *out)
{
	size_t n = buf_len(out);
	bool good = n == 0 || fwrite(buf_data(out), 1, n, stdout) == n;

	buf_drop(out, n);
	return fflush(stdout) == 0 && good ? 0 : -1;
}
