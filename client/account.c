/* SPDX-License-Identifier: ISC */
#include "client/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "client/commands.h"
#include "client/input.h"
#include "client/js.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/mem.h"

/* An exit code; refused gets what of it the server did not take: "name", "password", "invite" or "". */
static int
enlist(const struct options *o, const char *name, const char *password, const char *invite, const char **refused)
{
	struct buf b = request("register");
	struct client c;
	int code;

	client_visit(&c, o);
	jw_str(&b, "name", name);
	jw_str(&b, "password", password);
	if (invite != NULL)
		jw_str(&b, "invite", invite);
	code = client_ask(&c, &b, ASK_ONCE);
	*refused = js_is(c.reply, "error", "forbidden") ? "invite"
	    : js_is(c.reply, "error", "name_taken") || strncmp(js_str(c.reply, "message"), "name", 4) == 0 ? "name"
	    : strncmp(js_str(c.reply, "message"), "password", 8) == 0 ? "password" : "";
	client_leave(&c);
	return code;
}

int
account_login_as(const struct options *o, const char *name, const char *password, enum store_role role)
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
		jw_bool(&b, "quiet", true); /* nobody is here yet: no presence for this moment */
		code = client_ask(&c, &b, ASK_REPEATABLE);
	}
	if (code == EX_OK) {
		home_set_tls(o->server, &o->tls);
		store_set_token(&c.store, js_str(c.reply, "token"));
		code = store_save(&c.store) < 0 ? EX_NOPERM : EX_OK;
	}
	client_leave(&c);
	return code;
}

int
account_login(const struct options *o, const char *name, const char *password)
{
	int code = account_login_as(o, name, password, STORE_FOLLOWER);

	return code != EX_OK ? code : account_login_as(o, name, password, STORE_COMMAND);
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
	const char *refused;
	int code;

	if (password == NULL)
		return EX_USAGE;
	code = enlist(o, arg[0], password, o->invite, &refused);
	password_forget(password);
	if (code != EX_OK && strcmp(refused, "invite") == 0 && o->invite == NULL)
		complain("with a code it may work: chat register --invite CODE %s", arg[0]);
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
	int code = logout_device(o, STORE_FOLLOWER);

	(void)arg;
	return code != EX_OK ? code : logout_device(o, STORE_COMMAND);
}

int
cmd_passwd(const struct options *o, char **arg)
{
	char *old = password_get(NULL, "present password", false);
	char *new = old != NULL ? password_get(NULL, "new password", true) : NULL;
	struct buf b = request("passwd");
	struct client c;
	int code = EX_USAGE;

	(void)arg;
	if (new != NULL) {
		jw_str(&b, "old", old);
		jw_str(&b, "new", new);
		code = client_enter(&c, o, STORE_COMMAND);
		if (code == EX_OK)
			code = client_ask(&c, &b, ASK_ONCE);
		client_leave(&c);
	}
	/* Every other device has lost its login, our own other one too. */
	if (code == EX_OK)
		code = account_login_as(o, o->user, new, STORE_FOLLOWER);
	buf_free(&b);
	password_forget(old);
	password_forget(new);
	return code;
}

int
cmd_unregister(const struct options *o, char **arg)
{
	char *password = password_get(o->password_command, "password, to delete the account", false);
	struct buf b = request("account_delete");
	struct client c;
	int code = EX_USAGE;

	(void)arg;
	if (password != NULL) {
		jw_str(&b, "password", password);
		code = client_enter(&c, o, STORE_COMMAND);
		if (code == EX_OK)
			code = client_ask(&c, &b, ASK_ONCE);
		if (code == EX_OK)
			home_forget(o->server, o->user);
		client_leave(&c);
	}
	buf_free(&b);
	password_forget(password);
	return code;
}

static char *
question(const char *text)
{
	printf("%s: ", text);
	fflush(stdout);
	return input_line();
}

/* What the server's hello says about registration. */
static char *
registration(const struct options *o)
{
	struct buf b = request("hello");
	struct client c;
	char *mode;

	client_visit(&c, o);
	mode = client_ask(&c, &b, ASK_REPEATABLE) == EX_OK ? mem_strdup(js_str(c.reply, "registration")) : NULL;
	client_leave(&c);
	return mode;
}

/* What is refused is asked again, and nothing else. An exit code. */
static int
enrol(struct options *o)
{
	char *mode = registration(o), *name = NULL, *password = NULL, *invite = NULL;
	const char *refused = "";
	int code = mode != NULL ? EX_OK : EX_UNAVAILABLE;

	if (code == EX_OK && strcmp(mode, "closed") == 0) {
		printf("This server takes no new accounts.\n");
		code = EX_NOPERM;
	} else if (code == EX_OK) {
		printf("A name has up to 50 letters, digits, single blanks and . _ - '; a password at least 8 characters.\n");
	}
	while (code == EX_OK) {
		if (name == NULL && (name = question("name")) == NULL)
			code = EX_NOPERM;
		if (code == EX_OK && invite == NULL && strcmp(mode, "invite") == 0 &&
		    (invite = question("invite code")) == NULL)
			code = EX_NOPERM;
		if (code == EX_OK && password == NULL &&
		    (password = password_get(o->password_command, "choose a password", true)) == NULL)
			code = EX_NOPERM;
		if (code != EX_OK || (code = enlist(o, name, password, invite, &refused)) == EX_OK)
			break;
		code = isatty(STDIN_FILENO) && *refused != '\0' ? EX_OK : code;
		if (strcmp(refused, "name") == 0) {
			free(name);
			name = NULL;
		} else if (strcmp(refused, "password") == 0) {
			password_forget(password);
			password = NULL;
		} else {
			free(invite);
			invite = NULL;
		}
	}
	if (code == EX_OK)
		code = account_login(o, name, password);
	if (code == EX_OK)
		o->user = mem_strdup(name); /* lives as long as the process */
	password_forget(password);
	free(invite);
	free(name);
	free(mode);
	return code;
}

static int
enter(struct options *o)
{
	char *name = o->user != NULL ? mem_strdup(o->user) : question("name"), *password;
	int code = EX_NOPERM;

	if (name == NULL)
		return code;
	password = password_get(o->password_command, "password", false);
	if (password != NULL)
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
	code = *choice == '2' ? enter(o) : enrol(o);
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
