/* SPDX-License-Identifier: ISC */
/* commands - what `chat COMMAND` runs: operands only, their number is checked. Each returns an exit code. */
#ifndef COMMANDS_H
#define COMMANDS_H

struct options;
struct verb;

int cmd_history(const struct options *o, char **arg);
int cmd_listen(const struct options *o, char **arg);
int cmd_login(const struct options *o, char **arg);
int cmd_logout(const struct options *o, char **arg);
int cmd_pipe(const struct options *o, char **arg);
int cmd_register(const struct options *o, char **arg);
int cmd_send(const struct options *o, char **arg);
/* The interactive client; takes no operand. */
int cmd_talk(const struct options *o, char **arg);
/* Any verb: all that is one question and its answer. */
int cmd_verb(const struct options *o, const struct verb *v, char **arg);

#endif
