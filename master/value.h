/* SPDX-License-Identifier: ISC */
/* value - what a setting is, as text, and copies of it. */
#ifndef VALUE_H
#define VALUE_H

#include "master/config.h"

#define VALUE_TEXT 5000

/* As it would be given. */
void value_text(const struct config *cf, const struct option_row *r, char text[VALUE_TEXT]);
/* The same for people, without secrets. */
void value_masked(const struct config *cf, const struct option_row *r, char text[VALUE_TEXT]);
/* This row's, and where it came from. */
void value_copy(struct config *to, const struct config *from, const struct option_row *r);

#endif
