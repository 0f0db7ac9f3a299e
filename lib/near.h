/* SPDX-License-Identifier: ISC */
/* near - how far two words are apart: "did you mean …?" */
#ifndef NEAR_H
#define NEAR_H

/* Characters to put in, take out or change (of the first 31). */
int near_distance(const char *a, const char *b);

#endif
