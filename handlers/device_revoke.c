/* SPDX-License-Identifier: ISC */
/*
 * device_revoke - a device's token dies, and its session with it; also my own.
 *
 *	{"op":"device_revoke","device":"lost phone"}
 *	{"ok":true}
 */
#include "db/user.h"
#include "handlers/ops.h"
#include "session/tell.h"

enum error
op_device_revoke(struct session *s, struct req *rq)
{
	const char *name;
	int64_t device;
	enum error e;

	if ((e = want_chars(rq, "device", 1, 32, &name)) != E_OK ||
	    (e = db_device_revoke(s->db, s->user, name, &device)) != E_OK)
		return e;
	tell_revoked(s, device);
	return E_OK;
}
