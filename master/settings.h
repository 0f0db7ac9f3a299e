/* SPDX-License-Identifier: ISC */
/* settings - reads every setting: from a flag, else the environment, else a file that the environment names, else its default. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "master/config.h"

/* Fills *cf. Prints and exits for --help and --version; with one sentence and 64 on bad usage, 78 on a file that is wrong. */
void settings_load(struct config *cf, int argc, char **argv);
/* Reads them once more and takes what can change while the node runs; says what cannot, and keeps all if one is wrong. */
void settings_again(struct config *cf);
/* One line each, with where it is from; no secrets. */
void settings_print(const struct config *cf);
/* Names that begin as ours do and mean nothing. Logs them. */
void settings_unknown(void);
/* Whether it was given, or is the default. */
bool settings_given(const struct config *cf, const char *flag);
/* The arguments of this program as they were, ending with a NULL. */
char *const *settings_argv(void);

#endif
