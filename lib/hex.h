/* SPDX-License-Identifier: ISC */
/* hex - hexadecimal digits, and the identifiers made of random ones. */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>

#define HEX_RANDOM_MAX 32 /* bytes */

/* The value of a digit, upper case too; -1: it is none. */
int hex_digit(char ch);
/* 2 * n digits, lower case, and a NUL from the kernel's random numbers; n at most HEX_RANDOM_MAX. */
void hex_random(char *text, size_t n);

#endif
