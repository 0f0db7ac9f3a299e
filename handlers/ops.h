/* SPDX-License-Identifier: ISC */
/*
 * ops - the operations, one small file each. Dispatch (table.c) has checked that one is
 * allowed now and within budget; whatever code it returns becomes the reply, with the
 * members that it wrote into rq->body if that is E_OK.
 */
#ifndef OPS_H
#define OPS_H

#include "handlers/request.h"
#include "session/session.h"

typedef enum error op_fn(struct session *s, struct req *rq);

op_fn op_hello, op_register, op_login, op_resume, op_logout, op_ping, op_pong;
op_fn op_account_delete, op_passwd, op_devices, op_device_revoke;
op_fn op_send, op_ack, op_history, op_convs, op_search, op_typing, op_read, op_edit, op_delete;
op_fn op_friend_add, op_friend_remove, op_friends, op_block, op_unblock, op_blocks;
op_fn op_group_create, op_group_join, op_group_leave, op_group_members, op_groups, op_group_find;
op_fn op_group_invite, op_group_kick, op_group_ban, op_group_unban, op_group_role, op_group_set;

/* Requests that op_send() may answer together: the same conversation is named. */
bool send_joins(const struct req *a, const struct req *b);

#endif
