/* SPDX-License-Identifier: ISC */
/* limits - of the protocol, which `hello` tells, and of the memory of a session. */
#ifndef LIMITS_H
#define LIMITS_H

#define OBJECT_MAX 65536
#define OBJECT_MAX_NEW 4096 /* before login */
#define TEXT_MAX 16384
#define WINDOW 256 /* messages in flight to a device that has not acknowledged them */

/* Above this much unsent output nothing is read that would add to it. */
#define OUTPUT_HIGH (256 * 1024)

#endif
