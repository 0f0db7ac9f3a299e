/* SPDX-License-Identifier: ISC */
/* account - register, login, logout. A login is two: one token for what follows, one for what asks (store.h). */
#include "client/account.h"

#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/js.h"
#include "client/password.h"
#include "lib/clock.h"
#include "lib/jw.h"

int
account_register(const struct options *o, const char *name, const char *password)
{
	struct buf b = request("register");
	struct client c;
	int code;

	client_visit(&c, o);
	jw_str(&b, "name", name);
	jw_str(&b, "password", password);
	code = client_ask(&c, &b, ASK_ONCE);
	client_leave(&c);
	return code;
}

static int
login_device(const struct options *o, const char *name, const char *password, enum store_role role)
{
	struct buf b = request("login");
	struct client c;
	int code;

	client_visit(&c, o);
	if (store_open(&c.store, o->server, name, o->device, role, clock_ms()) < 0) {
		code = c.store.busy ? EXIT_TEMPFAIL : EXIT_NOPERM;
		buf_free(&b);
	} else {
		jw_str(&b, "name", name);
		jw_str(&b, "password", password);
		jw_str(&b, "device", c.store.device);
		code = client_ask(&c, &b, ASK_REPEATABLE);
	}
	if (code == EXIT_OK) {
		store_set_token(&c.store, js_str(c.reply, "token"));
		code = store_save(&c.store) < 0 ? EXIT_NOPERM : EXIT_OK;
	}
	client_leave(&c);
	return code;
}

int
account_login(const struct options *o, const char *name, const char *password)
{
	int code = login_device(o, name, password, STORE_FOLLOWER);

	return code != EXIT_OK ? code : login_device(o, name, password, STORE_COMMAND);
}

static int
logout_device(const struct options *o, enum store_role role)
{
	struct buf b;
	struct client c;
	int code = client_enter(&c, o, role);

	if (code == EXIT_OK) {
		b = request("logout");
		code = client_ask(&c, &b, ASK_REPEATABLE);
		if (code == EXIT_OK || code == EXIT_NOPERM) {
			store_erase(&c.store);
			code = EXIT_OK;
		}
	}
	client_leave(&c);
	return code;
}

int
cmd_register(const struct options *o, char **arg)
{
	char *password = password_get(o->password_command, "a password for the new account", true);
	int code;

	if (password == NULL)
		return EXIT_USAGE;
	code = account_register(o, arg[0], password);
	password_forget(password);
	if (code == EXIT_OK && !o->json)
		fprintf(stderr, "registered; now: chat login %s\n", arg[0]);
	return code;
}

int
cmd_login(const struct options *o, char **arg)
{
	char *password = password_get(o->password_command, "password", false);
	int code;

	if (password == NULL)
		return EXIT_USAGE;
	code = account_login(o, arg[0], password);
	password_forget(password);
	return code;
}

int
cmd_logout(const struct options *o, char **arg)
{
	int first = logout_device(o, STORE_FOLLOWER), second;

	(void)arg;
	if (first != EXIT_OK)
		return first;
	second = logout_device(o, STORE_COMMAND);
	return second;
}
