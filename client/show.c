/* SPDX-License-Identifier: ISC */
#include "client/show.h"

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
	const char *s = json_object_to_json_string_ext(
	    value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

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

void
show_time(struct buf *out, const char *at)
{
	time_t now = time(NULL);
	struct tm tm, today;
	char text[40];
	size_t n;

	if (local_time(at, &tm) < 0 || localtime_r(&now, &today) == NULL)
		return;
	if (tm.tm_yday == today.tm_yday && tm.tm_year == today.tm_year)
		n = strftime(text, sizeof(text), "%H:%M", &tm);
	else
		n = strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	buf_add(out, text, n);
}

void
show_time_dated(struct buf *out, const char *at)
{
	struct tm tm;
	char text[40];

	if (local_time(at, &tm) == 0)
		buf_add(out, text, strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm));
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

void
show_deed(struct buf *out, struct json_object *message)
{
	static const struct {
		const char *kind, *deed;
	} deeds[] = {
		{"join", "joined"},
		{"leave", "left"},
		{"kick", "removed"},
		{"role", "changed a role"},
		{"group", "changed the group"},
		{"edit", "edited"},
		{"delete", "deleted"},
	};
	size_t n;
	const char *text = js_strn(message, "text", &n);

	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
		if (!js_is(message, "kind", deeds[i].kind))
			continue;
		buf_adds(out, deeds[i].deed);
		if (js_int(message, "ref") > 0)
			buf_addf(out, " entry %lld", (long long)js_int(message, "ref"));
		if (js_get(message, "user") != NULL) {
			buf_addc(out, ' ');
			show_name(out, message, "user");
		}
		if (n > 0)
			buf_addc(out, ' ');
	}
	utf8_safe(out, text, n);
	if (js_get(message, "deleted_at") != NULL)
		buf_adds(out, "(deleted)");
	else if (js_get(message, "edited_at") != NULL)
		buf_adds(out, " (edited)");
}

void
show_dated(struct buf *out, struct json_object *message)
{
	bool text = js_is(message, "kind", "text");

	show_time_dated(out, js_str(message, "at"));
	buf_addc(out, ' ');
	if (js_get(message, "group") != NULL) {
		show_where(out, message);
		buf_addc(out, ' ');
	}
	show_name(out, message, "from");
	buf_adds(out, text ? ": " : " ");
	show_deed(out, message);
}

void
show_friend(struct buf *out, struct json_object *user)
{
	show_member(out, user, "name");
	buf_adds(out, "  ");
	show_member(out, user, "state");
	if (!js_true(user, "mutual"))
		buf_adds(out, "  (has not added you)");
}

void
show_online(struct buf *out, struct json_object *user)
{
	if (js_is(user, "state", "online"))
		show_member(out, user, "name");
}

void
show_group(struct buf *out, struct json_object *group)
{
	buf_addc(out, '#');
	show_member(out, group, "name");
	buf_adds(out, "  ");
	show_member(out, group, "role");
	if (*js_str(group, "description") != '\0') {
		buf_adds(out, "  ");
		show_member(out, group, "description");
	}
}

void
show_member_row(struct buf *out, struct json_object *member)
{
	show_member(out, member, "name");
	buf_adds(out, "  ");
	show_member(out, member, "role");
	buf_adds(out, "  ");
	show_member(out, member, "state");
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
