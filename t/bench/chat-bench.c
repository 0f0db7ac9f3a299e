/* SPDX-License-Identifier: ISC */
/* chat-bench - drives chatd, or a server that speaks XMPP, and says how fast it is: one line of key=value on stdout.
 * t/bench/run prepares the users. */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/log.h"
#include "t/bench/bench.h"

struct options opt = {
    .tongue = &native, .n = 10, .flight = 1, .senders = 1, .size = 100, .warm = SECOND, .window = 5 * SECOND};

static const struct figure {
	const char *name;
	int (*run)(void);
} figures[] = {
    {"pairs", run_pairs},
    {"group", run_group},
    {"offline", run_offline},
    {"idle", run_idle},
    {"storm", run_storm},
    {"back", run_back},
    {"convs", run_convs},
};

static void usage(void) __attribute__((noreturn));
static void
usage(void)
{
	fputs("usage: chat-bench pairs|group|offline|idle|storm|back|convs -a HOST:PORT [-b "
	      "HOST:PORT] [options]\n"
	      "	-n N	pairs, members or sessions; convs: how often\n"
	      "	-f N	messages in flight for each sender\n"
	      "	-s S	seconds measured; -w S: seconds before that\n"
	      "	-r N	pairs: messages a second in all, instead of as fast as they arrive\n"
	      "	-z N	bytes of a text\n"
	      "	-g NAME	the group; -S N: how many of its members speak\n"
	      "	-o N	the first user's number\n"
	      "	-p NAME=PID	also measure the processes of that session id; repeatable\n",
	    stderr);
	exit(64);
}

void
quit(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("chat-bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static int64_t
seconds(const char *s)
{
	return (int64_t)(strtod(s, NULL) * (double)SECOND);
}

static void
take_option(int ch, const char *value)
{
	switch (ch) {
	case 'a':
		opt.addr[0] = value;
		break;
	case 'b':
		opt.addr[1] = value;
		break;
	case 'e':
		opt.count = value;
		break;
	case 'i':
		opt.idle = atoi(value);
		break;
	case 'k':
		opt.victim = atoi(value);
		break;
	case 'm':
		opt.memory = value;
		break;
	case 'f':
		opt.flight = atoi(value);
		break;
	case 'g':
		opt.group = value;
		break;
	case 'n':
		opt.n = atoi(value);
		break;
	case 'o':
		opt.first = atoi(value);
		break;
	case 'p':
		part_add(value);
		break;
	case 'r':
		opt.rate = atoi(value);
		break;
	case 's':
		opt.window = seconds(value);
		break;
	case 'S':
		opt.senders = atoi(value);
		break;
	case 'w':
		opt.warm = seconds(value);
		break;
	case 'x':
		opt.tongue = &xmpp;
		break;
	case 'z':
		opt.size = atoi(value);
		break;
	default:
		usage();
	}
}

static void
allow_many_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
main(int argc, char **argv)
{
	const struct figure *end = figures + sizeof(figures) / sizeof(figures[0]), *f = figures;
	int ch;

	if (argc < 2)
		usage();
	while (f < end && strcmp(f->name, argv[1]) != 0)
		f++;
	if (f == end)
		usage();
	while ((ch = getopt(argc - 1, argv + 1, "a:b:e:f:g:i:k:m:n:o:p:r:s:S:w:xz:")) != -1)
		take_option(ch, optarg);
	if (optind != argc - 1 || opt.addr[0] == NULL || opt.n < 1 || opt.flight < 1 ||
	    opt.size < 60 || opt.size > 4000)
		usage();
	if (opt.addr[1] == NULL)
		opt.addr[1] = opt.addr[0];
	log_init(LOG_WARN);
	signal(SIGPIPE, SIG_IGN);
	allow_many_descriptors();
	return f->run();
}
