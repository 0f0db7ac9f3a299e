/* SPDX-License-Identifier: ISC */
/* input - stdin by lines, with a buffer of our own so that poll(2) and a waiting line never contradict. */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>

/* The next line without its end; blocks. NULL: end of input. Caller frees. */
char *input_line(void);
/* Is a whole line, or the end, already here? Then input_line() will not block. */
bool input_ready(void);
/* Reads what poll(2) announced. */
void input_fill(void);

#endif
