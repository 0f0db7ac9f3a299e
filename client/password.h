/* SPDX-License-Identifier: ISC */
/* password - asked on the terminal, or taken from a command or from stdin; never from the command line. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>

/*
 * command: NULL, or one whose first line of output it is. Else the terminal is
 * asked (twice if it is a new one), or, without a terminal, the first line of stdin
 * taken. NULL: complained. Caller wipes and frees with password_forget().
 */
char *password_get(const char *command, const char *prompt, bool is_new);
void password_forget(char *password);

#endif
