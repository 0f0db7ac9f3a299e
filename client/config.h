/* SPDX-License-Identifier: ISC */
/* config - $XDG_CONFIG_HOME/chat/config: lines `name = value`, # begins a comment. */
#ifndef CONFIG_H
#define CONFIG_H

#include "client/chat.h"

/*
 * Fills in what neither the command line nor CHAT_SERVER, CHAT_USER, CHAT_DEVICE
 * said: first from the file, then with what is built in. -1: complained.
 */
int config_complete(struct options *o);

#endif
