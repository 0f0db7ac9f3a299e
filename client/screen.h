/* SPDX-License-Identifier: ISC */
/*
 * screen - the person's side of the interactive client. With a terminal at both
 * ends: readline, and what arrives is printed above the line being typed. Else:
 * plain lines in, plain lines out, no prompt, no colour.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>

#include "client/edit.h"
#include "lib/buf.h"

enum style { STYLE_PLAIN, STYLE_DIM, STYLE_NAME, STYLE_WARN };

void screen_open(const struct edit_hooks *hooks);
void screen_close(void);

/* Is there input that poll(2) on stdin would not announce? */
bool screen_ready(void);
/* Takes the input that is there. */
void screen_read(void);
/* What is being typed, not entered yet. */
const char *screen_typed(void);
/* ^C: forgets the line being typed. False: it was empty. */
bool screen_forget(void);
void screen_resized(void);
/* ^Z: leaves the terminal in order, stops, comes back. */
void screen_suspend(void);

/* Prints finished lines, each ended by LF; safe already. */
void screen_print(const struct buf *lines);
void screen_prompt(const char *text);
/* The lines typed before are those in that file from now on. */
void screen_history(const char *file);
/* Before waiting: shows again what printing has hidden. */
void screen_settle(void);

/* Asks instead of what is being typed, which comes back then. As password_get(). */
char *screen_password(const char *prompt, bool is_new);
/* An empty screen; and: something to hear. */
void screen_clear(void);
void screen_bell(void);

/* A colour that is always the same for this name, or "". */
const char *screen_name_style(const char *name);
/* An escape sequence, or "" where colours are not wanted. */
const char *screen_style(enum style style);
/* u where the terminal shows UTF-8, else ascii. */
const char *screen_sign(const char *u, const char *ascii);
/* Is a person typing, at a terminal? */
bool screen_edits(void);

#endif
