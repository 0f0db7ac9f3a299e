/* SPDX-License-Identifier: ISC */
/* edit - the only readline: a line being typed that can be hidden and shown at any time. */
#ifndef EDIT_H
#define EDIT_H

#include <stdbool.h>
#include <stddef.h>

struct edit_hooks {
	/* A line was entered (borrowed, may hold LF); NULL: end of input. */
	void (*line)(void *arg, const char *text);
	/* Offers the i-th way to complete the line so far, as a whole; NULL: no more. */
	const char *(*complete)(void *arg, const char *line, int i);
	void *arg;
};

struct editor {
	void (*open)(const struct edit_hooks *hooks);
	void (*close)(void);
	void (*read)(void);
	void (*hide)(void);
	void (*show)(void);
	void (*prompt)(const char *text);
	const char *(*typed)(void);
	bool (*forget)(void);
	void (*resized)(void);
	void (*suspend)(void);
	/* The lines typed before are those in that file from now on. */
	void (*history)(const char *file);
};

extern const struct editor *const editor; /* NULL: built without */

#endif
