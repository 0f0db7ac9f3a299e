/* SPDX-License-Identifier: ISC */
/* hex - bytes as hexadecimal digits, lower case, and the identifiers made of random ones. */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>

#define HEX_RANDOM_MAX 32 /* bytes */

/* text gets 2 * n digits and a NUL. */
void hex_encode(char *text, const void *bytes, size_t n);
/* The value of a digit, upper case too; -1: it is none. */
int hex_digit(char ch);
/* 2 * n digits and a NUL from the kernel's random numbers; n at most HEX_RANDOM_MAX. */
void hex_random(char *text, size_t n);

#endif
