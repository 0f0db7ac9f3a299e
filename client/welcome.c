/* SPDX-License-Identifier: ISC */
/* welcome - leads someone without a login to one: register, then log in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/account.h"
#include "client/input.h"
#include "client/password.h"
#include "client/talk.h"
#include "lib/clock.h"
#include "lib/mem.h"

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
	int code = EXIT_OK;

	if (name == NULL)
		return EXIT_NOPERM;
	password = password_get(o->password_command, is_new ? "choose a password" : "password", is_new);
	if (password == NULL)
		code = EXIT_NOPERM;
	else if (is_new)
		code = account_register(o, name, password);
	if (code == EXIT_OK)
		code = account_login(o, name, password);
	password_forget(password);
	if (code == EXIT_OK)
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
	if (code == EXIT_UNREACHABLE)
		return 0;
	return code == EXIT_OK ? 1 : -1;
}

int
welcome(struct options *o, struct store *st)
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
