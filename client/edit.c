/* SPDX-License-Identifier: ISC */
#include "client/edit.h"

#if !READLINE
const struct editor *const editor = NULL;
#else

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "lib/mem.h"

#define HISTORY_LINES 500

static void edit_hide(void);
static void edit_show(void);

static const struct edit_hooks *hooks;
static bool hidden, ended;
static char *path; /* of the history; NULL: not kept */
static char *kept; /* a half-typed line, from close to open */

static void
entered(const char *text)
{
	edit_hide();
	if (*text != '\0')
		add_history(text);
	using_history(); /* Up begins at the newest again */
	hooks->line(hooks->arg, text);
}

/*
 * Enter. Unlike readline's own, it takes the typed line off the screen: it appears
 * again, with its tick, when it is stored.
 */
static int
enter_key(int count, int key)
{
	char *text = mem_strdup(rl_line_buffer);

	(void)count, (void)key;
	edit_hide();
	rl_replace_line("", 1);
	rl_point = 0;
	entered(text);
	free(text);
	edit_show(); /* before readline draws on its own */
	return 0;
}

/* Alt-a: a command that leaves what is being typed alone. */
static int
next_key(int count, int key)
{
	(void)count, (void)key;
	hooks->line(hooks->arg, "/next");
	return 0;
}

static int
newline_key(int count, int key)
{
	(void)count, (void)key;
	return rl_insert_text("\n");
}

/* End of input, or a line accepted by some other key of the user's inputrc. */
static void
accepted(char *line)
{
	if (line != NULL) {
		hidden = true; /* readline has gone to a new line */
		entered(line);
		free(line);
		hidden = false; /* readline draws a fresh prompt now */
		return;
	}
	ended = true;
	rl_callback_handler_remove();
	printf("\n");
	hooks->line(hooks->arg, NULL);
}

/* Readline's word is the whole line so far: a name may hold blanks and quotes. */
static char *
generate(const char *text, int state)
{
	static int next;
	const char *whole;

	if (state == 0)
		next = 0;
	whole = hooks->complete(hooks->arg, text, next++);
	return whole != NULL ? mem_strdup(whole) : NULL;
}

static char **
complete(const char *text, int start, int end)
{
	(void)start, (void)end;
	rl_attempted_completion_over = 1; /* never file names */
	return rl_completion_matches(text, generate);
}

/* Lists what would be put in, without the line before it. */
static void
list(char **matches, int n, int longest)
{
	size_t skip = strlen(matches[0]);

	while (skip > 0 && matches[0][skip - 1] != ' ')
		skip--;
	for (int i = 1; i <= n; i++)
		memmove(matches[i], matches[i] + skip, strlen(matches[i] + skip) + 1);
	rl_display_match_list(matches, n, longest - (int)skip);
	rl_forced_update_display();
}

static void
bind_keys(void)
{
	Keymap maps[] = {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap};

	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		rl_bind_key_in_map('\r', enter_key, maps[i]);
		rl_bind_key_in_map('\n', enter_key, maps[i]);
	}
	rl_bind_keyseq_in_map("\033\r", newline_key, emacs_standard_keymap);
	rl_bind_keyseq_in_map("\033a", next_key, emacs_standard_keymap);
}

static void
edit_open(const struct edit_hooks *h)
{
	static char breaks[] = "";

	hooks = h;
	hidden = ended = false;
	rl_readline_name = "chat";
	rl_catch_signals = 0; /* ours: talk.c */
	rl_catch_sigwinch = 0;
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = breaks;
	rl_completer_quote_characters = "";
	rl_completion_display_matches_hook = list;
	history_write_timestamps = 1; /* or an entry of several lines would come back as several */
	history_comment_char = '#';
	stifle_history(HISTORY_LINES);
	using_history();
	rl_callback_handler_install("> ", accepted);
	rl_variable_bind("enable-bracketed-paste", "on");
	bind_keys();
	if (kept != NULL)
		rl_insert_text(kept);
	free(kept);
	kept = NULL;
}

static void
edit_close(void)
{
	if (ended)
		return;
	edit_hide();
	kept = mem_strdup(rl_line_buffer);
	if (path != NULL)
		write_history(path);
	rl_callback_handler_remove();
	ended = true;
}

static void
edit_read(void)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

	do {
		edit_show(); /* readline draws relative to what it believes to be there */
		rl_callback_read_char();
	} while (!ended && poll(&fd, 1, 0) > 0);
}

static void
edit_hide(void)
{
	if (hidden || ended)
		return;
	rl_clear_visible_line();
	fflush(rl_outstream);
	hidden = true;
}

static void
edit_show(void)
{
	if (!hidden || ended)
		return;
	hidden = false;
	rl_on_new_line();
	rl_redisplay();
}

static void
edit_prompt(const char *text)
{
	if (ended || strcmp(text, rl_prompt) == 0)
		return;
	edit_hide();
	rl_set_prompt(text);
}

static const char *
edit_typed(void)
{
	return ended ? "" : rl_line_buffer;
}

static bool
edit_forget(void)
{
	bool had = rl_end > 0;

	edit_hide();
	rl_replace_line("", 1);
	rl_point = 0;
	return had;
}

/* Columns that s takes up, n bytes of it. */
static int
width(const char *s, size_t n)
{
	mbstate_t state = {0};
	int columns = 0;
	wchar_t ch;
	size_t len;

	while (n > 0 && (len = mbrtowc(&ch, s, n, &state)) > 0 && len <= n) {
		int one = wcwidth(ch);

		columns += one < 0 ? 2 : one; /* a control character is shown as ^X */
		s += len;
		n -= len;
	}
	return columns;
}

/*
 * The terminal has wrapped the line anew, and readline does not know: the rows that are above the cursor now
 * go, with all below.
 */
static void
edit_resized(void)
{
	int rows, columns, above;

	rl_reset_screen_size();
	rl_get_screen_size(&rows, &columns);
	if (!hidden && !ended && columns > 0) {
		above = (width(rl_prompt, strlen(rl_prompt)) + width(rl_line_buffer, (size_t)rl_point)) / columns;
		if (above > 0)
			fprintf(rl_outstream, "\033[%dA", above);
		fprintf(rl_outstream, "\r\033[J");
		fflush(rl_outstream);
		hidden = true;
	}
}

static void
edit_history(const char *file)
{
	if (ended || (path != NULL && strcmp(path, file) == 0))
		return;
	if (path != NULL)
		write_history(path);
	free(path);
	path = mem_strdup(file);
	clear_history();
	read_history(path);
	using_history();
}

static void
edit_suspend(void)
{
	edit_hide();
	rl_deprep_terminal();
	kill(getpid(), SIGSTOP);
	rl_prep_terminal(1);
}

static const struct editor with_readline = {
	.open = edit_open,
	.close = edit_close,
	.read = edit_read,
	.hide = edit_hide,
	.show = edit_show,
	.prompt = edit_prompt,
	.typed = edit_typed,
	.forget = edit_forget,
	.resized = edit_resized,
	.suspend = edit_suspend,
	.history = edit_history,
};
const struct editor *const editor = &with_readline;

#endif
