/* SPDX-License-Identifier: ISC */
#include "front/dialect.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/request.h"
#include "lib/mem.h"

#define LOADED_MAX 32
#define FILE_MAX 16384
#define ME "id,fromid,userid"

/* The words of a file, and what is meant where it says nothing of the fields. */
static const struct {
	const char *word;
	bool numbered;
	const char *field[ROW_FIELDS];
} rows[R_COUNT] = {
    [W_LOGIN] = {"login", true, {"id", "password"}},
    [W_REGISTER] = {"register", true, {"name", "password"}},
    [W_CHAT] = {"chat", true, {ME, "toid", "msg"}},
    [W_FRIEND] = {"friend", true, {ME, "friendid,friendId"}},
    [W_CREATE] = {"create", true, {ME, "groupname", "groupdesc"}},
    [W_JOIN] = {"join", true, {ME, "groupid"}},
    [W_GROUP_CHAT] = {"group", true, {ME, "groupid", "msg"}},
    [W_LOGOUT] = {"logout", true, {ME}},
    [R_LOGIN_REPLY] = {"login-reply", true, {"errno", "errmsg", "id", "name", "friends", "groups"}},
    [R_REGISTER_REPLY] = {"register-reply", true, {"errno", "errmsg", "id"}},
    [R_WRONG] = {"wrong", true, {NULL}},
    [R_CHAT] = {"chat-push", false, {"id,fromid", "name", "toid", "time", "msg"}},
    [R_GROUP_CHAT] = {"group-push", false, {"id,userid", "name", "groupid", "time", "msg"}},
    [R_FRIEND] = {"friend-item", false, {"id", "name", "state"}},
    [R_GROUP] = {"group-item", false, {"groupid,id", "groupname", "groupdesc", "users"}},
    [R_MEMBER] = {"member-item", false, {"id,userid", "name", "role", "state"}},
};

/* Built by the Makefile of contrib/dialects/: name and text, a NULL at the end. */
extern const char *const dialect_texts[][2];

static struct dialect *loaded[LOADED_MAX];
static int count;

/* Reading a table */

static bool
is_name(const char *s, bool spellings)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n < SPELLING_MAX && (s[n] == '\0' || (spellings && s[n] == ',' && is_name(s + n + 1, true)));
}

static bool
read_number(const char *s, int *number)
{
	char *end;
	long n = s != NULL ? strtol(s, &end, 10) : -1;

	if (n < 0 || n > 1000000000 || *end != '\0')
		return false;
	*number = (int)n;
	return true;
}

/* What is behind the word and its number: nothing, or all fields. */
static bool
read_fields(struct dialect *d, int r)
{
	const char *field = strtok(NULL, " \t");

	for (int i = 0; field != NULL; i++, field = strtok(NULL, " \t")) {
		if (i == ROW_FIELDS || rows[r].field[i] == NULL || !is_name(field, true))
			return false;
		d->row[r].field[i] = mem_strdup(field);
		if (i + 1 < ROW_FIELDS && rows[r].field[i + 1] != NULL)
			continue;
		return strtok(NULL, " \t") == NULL;
	}
	return d->row[r].field[0] == rows[r].field[0];
}

/* NULL: well; else what is wrong with it. */
static const char *
read_line(struct dialect *d, char *line)
{
	char *word;

	line[strcspn(line, "#\r")] = '\0';
	word = strtok(line, " \t");
	if (word == NULL)
		return NULL;
	if (strcmp(word, "key") == 0) {
		word = strtok(NULL, " \t");
		if (word == NULL || !is_name(word, false) || strtok(NULL, " \t") != NULL)
			return "one name is wanted";
		d->key = mem_strdup(word);
		return NULL;
	}
	for (int r = 0; r < R_COUNT; r++) {
		if (strcmp(word, rows[r].word) != 0)
			continue;
		if (rows[r].numbered && !read_number(strtok(NULL, " \t"), &d->row[r].number))
			return "a number is wanted";
		return read_fields(d, r) ? NULL : "either no fields or all of them are wanted";
	}
	return "no such word";
}

/* All are there, and each means one thing to whom it comes: requests to us, replies and pushes to the client. */
static const char *
check(const struct dialect *d)
{
	static const int sent[] = {R_LOGIN_REPLY, R_REGISTER_REPLY, W_CHAT, W_GROUP_CHAT};

	if (d->key == NULL)
		return "key";
	for (int r = 0; r < R_WRONG; r++) {
		if (d->row[r].number < 0)
			return rows[r].word;
		for (int k = 0; k < r && r < W_COUNT; k++)
			if (d->row[k].number == d->row[r].number)
				return rows[r].word;
	}
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < i; k++)
			if (d->row[sent[k]].number == d->row[sent[i]].number)
				return rows[sent[i]].word;
	return NULL;
}

/* Takes text apart. */
static bool
read_table(struct dialect *d, char *text, char *why, size_t whylen)
{
	const char *wrong = NULL;
	int at = 0;

	for (int r = 0; r < R_COUNT; r++) {
		d->row[r].number = r == R_WRONG ? 1 : -1;
		memcpy(d->row[r].field, rows[r].field, sizeof(rows[r].field));
	}
	while (text != NULL && wrong == NULL) {
		char *end = strchr(text, '\n');

		if (end != NULL)
			*end++ = '\0';
		at++;
		if ((wrong = read_line(d, text)) != NULL)
			snprintf(why, whylen, "%s, line %d: %s", d->name, at, wrong);
		text = end;
	}
	if (wrong == NULL && (wrong = check(d)) != NULL)
		snprintf(why, whylen, "%s: missing, or a number that means something else already: %s", d->name, wrong);
	return wrong == NULL;
}

/* Finding it */

static char *
built_in(const char *name)
{
	for (int i = 0; dialect_texts[i][0] != NULL; i++)
		if (strcmp(dialect_texts[i][0], name) == 0)
			return mem_strdup(dialect_texts[i][1]);
	return NULL;
}

static char *
from_file(const char *path)
{
	char *text = mem_alloc(FILE_MAX);
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(text, 1, FILE_MAX - 1, f) : 0;

	if (f != NULL)
		fclose(f);
	text[n] = '\0';
	if (n > 0)
		return text;
	free(text);
	return NULL;
}

const struct dialect *
dialect_load(const char *name, char *why, size_t whylen)
{
	bool is_file = strpbrk(name, "./") != NULL;
	struct dialect *d;
	char *text;

	for (int i = 0; i < count; i++)
		if (strcmp(loaded[i]->name, name) == 0)
			return loaded[i];
	text = is_file ? from_file(name) : built_in(name);
	if (text == NULL || count == LOADED_MAX) {
		snprintf(why, whylen, is_file ? "%s: it cannot be read" : "%s: no dialect of that name is built in", name);
		free(text);
		return NULL;
	}
	d = mem_alloc(sizeof(*d));
	*d = (struct dialect){.name = mem_strdup(name), .guess = !is_file && strchr("abc", name[0]) != NULL && name[1] == '\0'};
	loaded[count++] = d;
	if (!read_table(d, text, why, whylen))
		d = NULL; /* the program ends with why */
	free(text);
	return d;
}

const struct dialect *
dialect_of(char letter)
{
	char why[200];
	const struct dialect *d = dialect_load((char[]){letter, '\0'}, why, sizeof(why));

	if (d == NULL)
		abort(); /* ours, and tested */
	return d;
}

char
dialect_letter(const struct dialect *d)
{
	return d->guess ? d->name[0] : '\0';
}

const char *
dialect_key(const struct req *rq)
{
	for (int i = 0; i < count; i++)
		if (has(rq, loaded[i]->key))
			return loaded[i]->key;
	return NULL;
}

/* Fields */

bool
dialect_spelling(const char **spellings, char name[SPELLING_MAX])
{
	size_t n = strcspn(*spellings, ",");

	if (n == 0)
		return false;
	snprintf(name, SPELLING_MAX, "%.*s", (int)n, *spellings);
	*spellings += n + ((*spellings)[n] == ',');
	return true;
}

const char *
dialect_field(const struct req *rq, const char *spellings)
{
	static char first[SPELLING_MAX], name[SPELLING_MAX];
	const char *rest = spellings;

	dialect_spelling(&rest, first);
	for (rest = spellings; dialect_spelling(&rest, name);)
		if (has(rq, name))
			return name;
	return first;
}
