/* SPDX-License-Identifier: ISC */
#include "client/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "client/commands.h"
#include "client/input.h"
#include "client/js.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/mem.h"

static int
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
		code = c.store.busy ? EX_TEMPFAIL : EX_NOPERM;
		buf_free(&b);
	} else {
		jw_str(&b, "name", name);
		jw_str(&b, "password", password);
		jw_str(&b, "device", c.store.device);
		code = client_ask(&c, &b, ASK_REPEATABLE);
	}
	if (code == EX_OK) {
		store_set_token(&c.store, js_str(c.reply, "token"));
		code = store_save(&c.store) < 0 ? EX_NOPERM : EX_OK;
	}
	client_leave(&c);
	return code;
}

int
account_login(const struct options *o, const char *name, const char *password)
{
	int code = login_device(o, name, password, STORE_FOLLOWER);

	return code != EX_OK ? code : login_device(o, name, password, STORE_COMMAND);
}

static int
logout_device(const struct options *o, enum store_role role)
{
	struct buf b;
	struct client c;
	int code = client_enter(&c, o, role);

	if (code == EX_OK) {
		b = request("logout");
		code = client_ask(&c, &b, ASK_REPEATABLE);
		if (code == EX_OK || code == EX_NOPERM) {
			store_erase(&c.store);
			code = EX_OK;
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
		return EX_USAGE;
	code = account_register(o, arg[0], password);
	password_forget(password);
	if (code == EX_OK && !o->json)
		fprintf(stderr, "registered; now: chat login %s\n", arg[0]);
	return code;
}

int
cmd_login(const struct options *o, char **arg)
{
	char *password = password_get(o->password_command, "password", false);
	int code;

	if (password == NULL)
		return EX_USAGE;
	code = account_login(o, arg[0], password);
	password_forget(password);
	return code;
}

int
cmd_logout(const struct options *o, char **arg)
{
	int first = logout_device(o, STORE_FOLLOWER), second;

	(void)arg;
	if (first != EX_OK)
		return first;
	second = logout_device(o, STORE_COMMAND);
	return second;
}

static char *
question(const char *text)
{
	printf("%s: ", text);
	fflush(stdout);
	return input_line();
}

/* An exit code. */
static int
enrol(struct options *o, bool is_new)
{
	char *name = o->user != NULL ? mem_strdup(o->user) : question("name");
	char *password;
	int code = EX_OK;

	if (name == NULL)
		return EX_NOPERM;
	password = password_get(o->password_command, is_new ? "choose a password" : "password", is_new);
	if (password == NULL)
		code = EX_NOPERM;
	else if (is_new)
		code = account_register(o, name, password);
	if (code == EX_OK)
		code = account_login(o, name, password);
	password_forget(password);
	if (code == EX_OK)
		o->user = name; /* lives as long as the process */
	else
		free(name);
	return code;
}

/* One time through the menu: 1 logged in, 0 the person leaves, -1 not this time. */
static int
menu(struct options *o)
{
	char *choice;
	int code;

	printf("\n  1  register a new account\n  2  log in\n  3  leave\n");
	choice = question("what shall it be");
	if (choice == NULL || *choice == '3' || *choice == 'l' || *choice == 'q') {
		free(choice);
		return 0;
	}
	if (*choice != '1' && *choice != '2' && *choice != 'r') {
		free(choice);
		printf("1, 2 or 3, please.\n");
		return -1;
	}
	code = enrol(o, *choice != '2');
	free(choice);
	if (code == EX_UNAVAILABLE)
		return 0;
	return code == EX_OK ? 1 : -1;
}

int
account_welcome(struct options *o, struct store *st)
{
	int rc = 0;

	if (o->user != NULL)
		rc = store_open(st, o->server, o->user, o->device, STORE_FOLLOWER, clock_ms());
	if (rc != 0)
		return rc;
	store_close(st); /* its lock: the login takes it */
	if (o->user != NULL)
		printf("Welcome. %s is not logged in at %s from here yet.\n", o->user, o->server);
	else
		printf("Welcome. You have no login at %s here yet.\n", o->server);
	do
		rc = menu(o);
	while (rc < 0);
	if (rc == 0)
		return 0;
	return store_open(st, o->server, o->user, o->device, STORE_FOLLOWER, clock_ms());
}
