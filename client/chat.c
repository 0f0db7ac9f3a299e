/* SPDX-License-Identifier: ISC */
/* chat - the terminal client: options, and the one table of what it can do. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/commands.h"
#include "client/home.h"
#include "client/options.h"
#include "client/store.h"
#include "client/verb.h"

struct command {
	const char *name;
	int min, max;        /* operands */
	const char *own;     /* letters of the options it takes beside the global ones */
	const char *synopsis;
	int (*run)(const struct options *o, char **arg);
};

static const struct command commands[] = {
	{"register", 1, 1, "i", "register [--invite CODE] NAME", cmd_register},
	{"login", 1, 1, "", "login NAME", cmd_login},
	{"logout", 0, 0, "", "logout", cmd_logout},
	{"send", 2, 2, "c", "send [--cid CID] NAME|#GROUP TEXT|-", cmd_send},
	{"listen", 0, 0, "SxRw", "listen [--since N] [--exec COMMAND [--reply]] [--wait EVENT[=N]]...", cmd_listen},
	{"history", 1, 1, "n", "history [-n N] NAME|#GROUP", cmd_history},
	{"pipe", 0, 0, "w", "pipe [--wait EVENT[=N]]...", cmd_pipe},
};

#define GLOBALS "s:u:h"
static const struct option long_options[] = {
	{"server", required_argument, NULL, 's'},
	{"user", required_argument, NULL, 'u'},
	{"json", no_argument, NULL, 'J'},
	{"timeout", required_argument, NULL, 'T'},
	{"device", required_argument, NULL, 'D'},
	{"tls", no_argument, NULL, 't'},
	{"tls-ca", required_argument, NULL, 'C'},
	{"plain", no_argument, NULL, 'p'},
	{"print-config", no_argument, NULL, 'O'},
	{"password-command", required_argument, NULL, 'P'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{"since", required_argument, NULL, 'S'},
	{"exec", required_argument, NULL, 'x'},
	{"wait", required_argument, NULL, 'w'},
	{"reply", no_argument, NULL, 'R'},
	{"invite", required_argument, NULL, 'i'},
	{"invite-only", no_argument, NULL, 'I'},
	{"cid", required_argument, NULL, 'c'},
	{"number", required_argument, NULL, 'n'},
	{NULL, 0, NULL, 0},
};

static void
usage(FILE *to)
{
	const struct verb *v;

	fprintf(to, "usage: chat [-s HOST:PORT] [-u NAME] [--json] [--timeout SECONDS] [--device NAME] [--tls]\n"
	            "            [--tls-ca FILE] [--plain] [--password-command COMMAND] [--print-config] [COMMAND]\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(to, "       chat %s\n", commands[i].synopsis);
	for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
		struct buf form = {0};

		verb_form(&form, v);
		fprintf(to, "       chat %s%s%s\n", v->name, *v->form != '\0' ? " " : "", buf_str(&form));
		buf_free(&form);
	}
}

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static bool
parse_number(const char *s, int64_t min, int64_t max, int64_t *v)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || n < min || n > max)
		return false;
	*v = n;
	return true;
}

static bool
parse_seconds(const char *s, int64_t *ms)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end != '\0' || !(v >= 0) || v > 1e6)
		return false;
	*ms = (int64_t)(v * 1000);
	return true;
}

static bool
parse_wait(struct options *o, char *s)
{
	static struct wait waits[9];
	static size_t known;
	char *eq = strchr(s, '=');
	int64_t n = 1;

	if (known == sizeof(waits) / sizeof(*waits) - 1 || (eq != NULL && !parse_number(eq + 1, 0, 1L << 40, &n)))
		return false;
	if (eq != NULL)
		*eq = '\0';
	waits[known++] = (struct wait){s, (long)n};
	o->waits = waits;
	return true;
}

static const struct {
	char letter;
	bool is_flag; /* else a string */
	size_t at;    /* in struct options */
} plain_options[] = {
	{'s', false, offsetof(struct options, server)},
	{'u', false, offsetof(struct options, user)},
	{'D', false, offsetof(struct options, device)},
	{'P', false, offsetof(struct options, password_command)},
	{'x', false, offsetof(struct options, exec)},
	{'i', false, offsetof(struct options, invite)},
	{'c', false, offsetof(struct options, cid)},
	{'J', true, offsetof(struct options, json)},
	{'O', true, offsetof(struct options, print)},
	{'R', true, offsetof(struct options, reply)},
	{'I', true, offsetof(struct options, invite_only)},
};

static bool
take_option(struct options *o, int c)
{
	for (size_t i = 0; i < sizeof(plain_options) / sizeof(*plain_options); i++) {
		void *at = (char *)o + plain_options[i].at;

		if (plain_options[i].letter != c)
			continue;
		if (plain_options[i].is_flag)
			*(bool *)at = true;
		else
			*(const char **)at = optarg;
		return c != 'c' || (*optarg != '\0' && strlen(optarg) <= 64);
	}
	switch (c) {
	case 't':
		o->use_tls = "yes";
		return true;
	case 'C':
		o->use_tls = "yes";
		o->tls.ca = realpath(optarg, NULL); /* lives as long as the process */
		return o->tls.ca != NULL;
	case 'p':
		o->plain = "yes";
		o->use_tls = "no";
		return true;
	case 'T':
		return parse_seconds(optarg, &o->timeout_ms);
	case 'S':
		return parse_number(optarg, 0, INT64_C(1) << 53, &o->since);
	case 'n':
		return parse_number(optarg, 1, 1000000, &o->limit);
	case 'w':
		return parse_wait(o, optarg);
	default:
		return false;
	}
}

/* own: the letters a command takes beside the global ones. */
static void
parse_options(struct options *o, int argc, char **argv, const char *flags, const char *own)
{
	int c;

	while ((c = getopt_long(argc, argv, flags, long_options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(EX_OK);
		}
		if (c == 'V') {
			printf("chat %s%s\n", CHATD_VERSION, READLINE ? "" : ", without readline");
			exit(EX_OK);
		}
		if (c != '?' && strchr("suJTDPtCpO", c) == NULL && strchr(own, c) == NULL) {
			complain("that option is of another command");
		} else if (c != '?' && take_option(o, c)) {
			continue;
		} else if (c != '?') {
			complain("not a good value: %s", optarg);
		}
		complain("chat help lists what there is");
		exit(EX_USAGE);
	}
}

/* Fills in what was not said on the command line. An exit code; complained if not EX_OK. */
static int
fill_in(struct options *o, bool connects)
{
	if (options_complete(o) < 0)
		return EX_CONFIG;
	if (o->user == NULL || *o->user == '\0')
		o->user = home_only_user(o->server);
	if (o->device != NULL && (strlen(o->device) > DEVICE_BASE_MAX || *o->device == '\0')) {
		complain("a device name has 1 to %d characters", DEVICE_BASE_MAX);
		return EX_CONFIG;
	}
	o->tls.on = o->use_tls != NULL && strcmp(o->use_tls, "yes") == 0;
	if (o->use_tls == NULL && home_tls(o->server, &o->tls) < 0)
		return EX_CONFIG;
	if (connects && !o->tls.on && !link_is_local(o->server) && (o->plain == NULL || strcmp(o->plain, "yes") != 0)) {
		complain("%s is not this machine, and everybody in between could read along: use --tls, "
		         "or --plain if that does not matter", o->server);
		return EX_CONFIG;
	}
	if (o->tls.on)
		signal(SIGPIPE, SIG_IGN); /* OpenSSL writes as it likes */
	return EX_OK;
}

int
main(int argc, char **argv)
{
	static struct options o = {
		.timeout_ms = TIMEOUT_DEFAULT_MS,
		.since = -1,
	};
	const struct command *cmd;
	const struct verb *verb;

	int code;

	umask(077);
	parse_options(&o, argc, argv, "+" GLOBALS, "");
	argc -= optind;
	argv += optind;
	if (argc > 1 && strcmp(argv[0], "group") == 0 && verb_named(argv[1], strlen(argv[1])) != NULL)
		argc--, argv++; /* `chat group create team` */
	if (argc == 0 || o.print) {
		code = fill_in(&o, !o.print);
		if (code == EX_OK && o.print)
			options_print(&o);
		return code != EX_OK || o.print ? code : cmd_talk(&o, NULL);
	}
	if (strcmp(argv[0], "help") == 0) {
		usage(stdout);
		return EX_OK;
	}
	cmd = command_find(argv[0]);
	verb = verb_named(argv[0], strlen(argv[0]));
	if (cmd == NULL && verb == NULL) {
		complain("there is no command %s; chat help lists them", argv[0]);
		return EX_USAGE;
	}
	/* Options may follow the command; only send keeps everything behind its target as it is. */
	optind = 0;
	parse_options(&o, argc, argv, cmd != NULL && cmd->run == cmd_send ? "+" GLOBALS "n:" : GLOBALS "n:",
	    cmd != NULL ? cmd->own : "I");
	argc -= optind;
	argv += optind;
	if (cmd != NULL && (argc < cmd->min || argc > cmd->max)) {
		complain("the form is: chat %s%s", cmd->synopsis,
		    cmd->run == cmd_send && argc > cmd->max ? "; quote the text: 'so that it is one'" : "");
		return EX_USAGE;
	}
	code = fill_in(&o, true);
	if (code != EX_OK)
		return code;
	return cmd != NULL ? cmd->run(&o, argv) : cmd_verb(&o, verb, argv);
}
