/* SPDX-License-Identifier: ISC */
/*
 * input - what the person gives: stdin by lines, with a buffer of our own so that poll(2) and a waiting line
 * never contradict; and passwords, from the terminal, a command or stdin, never from the command line.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>

/* The next line without its end; blocks. NULL: end of input. Caller frees. */
char *input_line(void);
/* Is a whole line, or the end, already here? Then input_line() will not block. */
bool input_ready(void);
/* Reads what poll(2) announced. */
void input_fill(void);

/*
 * command: NULL, or one whose first line of output it is. Else the terminal is
 * asked (twice if it is a new one), or, without a terminal, the first line of stdin
 * taken. NULL: complained. Caller wipes and frees with password_forget().
 */
char *password_get(const char *command, const char *prompt, bool is_new);
void password_forget(char *password);

#endif
