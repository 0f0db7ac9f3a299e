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
#include "client/verb.h"
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
account_changed(const struct options *o, const struct verb *v, const char *secret, enum store_role other)
{
	if (strcmp(v->op, "passwd") == 0)
		return account_login_as(o, o->user, secret, other);
	if (strcmp(v->op, "account_delete") == 0)
		home_forget(o->server, o->user);
	return EX_OK;
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

/* Asks what is not known yet. False: the person gives it up. */
static bool
ask_who(const struct options *o, bool invited, char **name, char **invite, char **password)
{
	return (*name != NULL || (*name = question("name")) != NULL) &&
	    (!invited || *invite != NULL || (*invite = question("invite code")) != NULL) &&
	    (*password != NULL || (*password = password_get(o->password_command, "choose a password", true)) != NULL);
}

/* What is refused is asked again, and nothing else. An exit code. */
static int
enrol(struct options *o)
{
	char *mode = registration(o), *name = NULL, *password = NULL, *invite = NULL, **again;
	const char *refused = "";
	int code = mode == NULL ? EX_UNAVAILABLE : strcmp(mode, "closed") == 0 ? EX_NOPERM : EX_OK;

	if (code == EX_NOPERM)
		printf("This server takes no new accounts.\n");
	if (code == EX_OK)
		printf("A name has up to 50 letters, digits, single blanks and . _ - '; a password at least 8 characters.\n");
	while (code == EX_OK) {
		if (!ask_who(o, strcmp(mode, "invite") == 0, &name, &invite, &password))
			code = EX_NOPERM;
		else if ((code = enlist(o, name, password, invite, &refused)) == EX_OK)
			break;
		else if (isatty(STDIN_FILENO) && *refused != '\0')
			code = EX_OK;
		again = *refused == 'n' ? &name : *refused == 'p' ? &password : &invite;
		password_forget(*again);
		*again = NULL;
	}
	if (code == EX_OK && (code = account_login(o, name, password)) == EX_OK)
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
	const char *name = o->user != NULL ? o->user : question("name"); /* lives as long as the process */
	char *password = name != NULL ? password_get(o->password_command, "password", false) : NULL;
	int code = password != NULL ? account_login(o, name, password) : EX_NOPERM;

	password_forget(password);
	if (code == EX_OK)
		o->user = name;
	return code;
}

/* One time through the menu: 1 logged in, 0 the person leaves, -1 not this time. */
static int
menu(struct options *o)
{
	char *line, choice;
	int code;

	printf("\n  1  register a new account\n  2  log in\n  3  leave\n");
	line = question("what shall it be");
	choice = line != NULL ? *line : '3';
	free(line);
	if (strchr("3lq", choice) != NULL && choice != '\0')
		return 0;
	if (choice != '1' && choice != '2' && choice != 'r') {
		printf("1, 2 or 3, please.\n");
		return -1;
	}
	code = choice == '2' ? enter(o) : enrol(o);
	return code == EX_OK ? 1 : code == EX_UNAVAILABLE ? 0 : -1;
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
	return rc == 0 ? 0 : store_open(st, o->server, o->user, o->device, STORE_FOLLOWER, clock_ms());
}
