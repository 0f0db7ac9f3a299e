/* SPDX-License-Identifier: ISC */
#include "client/slash.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/act.h"
#include "client/js.h"
#include "client/screen.h"
#include "client/verb.h"
#include "lib/mem.h"

/* What may be typed: a verb, or one of our own. */
struct slash_command {
	enum verb_section section;
	const char *name, *form, *args, *help; /* as those of a verb */
	void (*run)(struct talk *t, char *rest);
};

static void slash_help(struct talk *t, char *rest);

static const struct slash_command commands[] = {
	{VERB_TALK, "msg", "NAME [TEXT]", "u", "talk to NAME; then every plain line goes there", act_msg},
	{VERB_TALK, "group", "NAME [TEXT]", "g", "the same with a group", act_group},
	{VERB_TALK, "next", "", "", "go where something is unread (Alt+a)", act_next},
	{VERB_TALK, "history", "[N]", "", "the last entries of this conversation", act_history},
	{VERB_TALK, "edit", "[@N] TEXT", "", "replace your last line here, or line @N", act_edit},
	{VERB_TALK, "delete", "[@N]", "", "blank your last line here, or line @N", act_delete},
	{VERB_TALK, "me", "TEXT", "", "say what you do: * alice waves", act_me},
	{VERB_ACCOUNT, "away", "[TEXT]", "", "tell TEXT to who writes to you, once each; without TEXT: you are back", act_away},
	{VERB_SCREEN, "clear", "", "", "an empty screen", act_clear},
	{VERB_SCREEN, "help", "[COMMAND]", "c", "this list, or what COMMAND does", slash_help},
	{VERB_SCREEN, "quit", "", "", "leave; nothing is lost, the server keeps what comes", act_quit},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

/* The i-th of all that may be typed. False: there is none. */
static bool
command_at(size_t i, struct slash_command *c)
{
	const struct verb *v = i < COMMANDS ? NULL : verb_at(i - COMMANDS);

	if (i < COMMANDS)
		*c = commands[i];
	else if (v != NULL)
		*c = (struct slash_command){v->section, v->name, v->form, v->args, v->help, NULL};
	return i < COMMANDS || v != NULL;
}

static void
help_section(struct talk *t, enum verb_section section)
{
	static const char *const names[] = {"talk", "people", "groups", "account", "screen"};
	struct slash_command c;
	struct buf b = {0};
	size_t width = 0;

	for (size_t i = 0; command_at(i, &c); i++) {
		if (c.section != section)
			continue;
		if (width == 0 || width + strlen(c.name) > 66) {
			buf_addf(&b, "%s%-9s", width == 0 ? "" : "\n", width == 0 ? names[section] : "");
			width = 0;
		}
		buf_addf(&b, " /%s", c.name);
		width += strlen(c.name) + 2;
	}
	for (char *line = strtok(buf_str(&b), "\n"); line != NULL; line = strtok(NULL, "\n"))
		talk_note(t, "%s", line);
	buf_free(&b);
}

static void
slash_help(struct talk *t, char *rest)
{
	struct slash_command c;

	rest += *rest == '/';
	for (size_t i = 0; command_at(i, &c); i++)
		if (strcasecmp(c.name, rest) == 0) {
			talk_note(t, "/%s %s", c.name, c.form);
			talk_note(t, "    %s", c.help);
			return;
		}
	for (int section = VERB_TALK; section <= VERB_SCREEN; section++)
		help_section(t, (enum verb_section)section);
	talk_note(t, "/help COMMAND explains one. A line that begins with // is sent with one /.");
	if (screen_edits())
		talk_note(t, "Tab completes. Alt+Enter: a new line. Alt+a goes where something is unread.");
}

void
slash(struct talk *t, const char *line)
{
	size_t n = strcspn(line, " \n");
	char *rest = mem_strdup(line + n + strspn(line + n, " "));
	struct slash_command c;
	size_t i = 0;

	for (size_t end = strlen(rest); end > 0 && rest[end - 1] == ' '; end--)
		rest[end - 1] = '\0';
	while (command_at(i, &c) && (strlen(c.name) != n - 1 || strncasecmp(c.name, line + 1, n - 1) != 0))
		i++;
	if (!command_at(i, &c))
		talk_warn(t, "there is no command %.*s; /help lists them", (int)(n < 40 ? n : 40), line);
	else if (c.run == NULL)
		act_verb(t, verb_at(i - COMMANDS), rest);
	else if (*rest != '\0' && *c.form == '\0')
		act_wrong_form(t, c.name, c.form, c.help);
	else
		c.run(t, rest);
	free(rest);
}

/* The kind of the word that begins at `at`: a letter of struct verb's args, c for a command's name, 0 for none. */
static char
kind_at(const char *line, size_t at)
{
	size_t n = strcspn(line, " "), word = 0;
	struct slash_command c;
	bool quoted = false;

	if (*line != '/')
		return 'u';
	if (at == 0)
		return 'c';
	for (size_t i = n; i < at; i++) {
		quoted ^= line[i] == '"';
		word += line[i] == ' ' && line[i - 1] != ' ' && !quoted;
	}
	for (size_t i = 0; command_at(i, &c); i++)
		if (strlen(c.name) == n - 1 && strncasecmp(c.name, line + 1, n - 1) == 0)
			return (char)(word > 0 && word <= strlen(c.args) ? c.args[word - 1] | 32 : 0);
	return 0;
}

/* Where the last word of the line begins; a quote holds words together. */
static size_t
last_word(const char *line)
{
	size_t at = 0;
	bool quoted = false;

	for (size_t i = 0; line[i] != '\0'; i++) {
		quoted ^= line[i] == '"';
		if (line[i] == ' ' && !quoted)
			at = i + 1;
	}
	return at;
}

/* The i-th candidate of a kind, without its sign. NULL: no more. */
static const char *
candidate_at(struct talk *t, char kind, int i)
{
	struct slash_command c;
	bool group = kind == 'g' || kind == 'h' || kind == 'p';

	if (kind == 'c')
		return command_at((size_t)i, &c) ? c.name : NULL;
	json_object_object_foreach(t->names, key, unused) {
		(void)unused;
		if ((*key == '#') == group && i-- == 0)
			return key + group;
	}
	return NULL;
}

const char *
slash_complete(struct talk *t, const char *line, int i)
{
	static struct buf whole;
	size_t at = last_word(line);
	char kind = kind_at(line, at);
	const char *word = line + at, *name;

	if (kind == 0 || strchr("cughp", kind) == NULL)
		return NULL;
	word += strspn(word, "/#\"");
	for (int k = 0; (name = candidate_at(t, kind, k)) != NULL; k++) {
		bool quote = strchr(name, ' ') != NULL && *line == '/';

		if (strncasecmp(name, word, strlen(word)) != 0 || i-- > 0)
			continue;
		buf_drop(&whole, buf_len(&whole));
		buf_add(&whole, line, at);
		buf_addf(&whole, "%s%s%s%s", kind == 'c' ? "/" : line[at] == '#' ? "#" : "", quote ? "\"" : "", name,
		    quote ? "\"" : "");
		return buf_str(&whole);
	}
	return NULL;
}
