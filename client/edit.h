/* SPDX-License-Identifier: ISC */
/* edit - the only readline: a line being typed that can be hidden and shown at any time. */
#ifndef EDIT_H
#define EDIT_H

#include <stdbool.h>

struct edit_hooks {
	/* A line was entered (borrowed, may hold LF); NULL: end of input. */
	void (*line)(void *arg, const char *text);
	/* Offers the i-th way to complete the line so far, as a whole; NULL: no more. */
	const char *(*complete)(void *arg, const char *line, int i);
	void *arg;
};

void edit_open(const struct edit_hooks *hooks);
void edit_close(void);
void edit_read(void);
void edit_hide(void);
void edit_show(void);
void edit_prompt(const char *text);
bool edit_forget(void);
void edit_resized(void);
void edit_suspend(void);
/* The lines typed before are those in that file from now on. */
void edit_history(const char *file);

#endif
