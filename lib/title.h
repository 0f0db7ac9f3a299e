/* SPDX-License-Identifier: ISC */
/*
 * title - what ps shows for this process. (libbsd's setproctitle leaves a dot where
 * the old argv[0] ended, which shows as soon as there were arguments.)
 */
#ifndef TITLE_H
#define TITLE_H

/* To be called once in main(), after which the strings of argv and of the old environment are gone. */
void title_init(int argc, char **argv);
/* Shows "chatd: " and the text, as far as there is room. */
void title_set(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
