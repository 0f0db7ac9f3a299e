/* SPDX-License-Identifier: ISC */
/* options - what the command line says about a run. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "chaos.h"

static const struct {
	const char *name;
	enum { YES, NO, COUNT, REAL, WORD, WORDS, SEED } type;
	void *to;
} opts[] = {
    {"addr", WORDS, &w.o.addrs},
    {"breaks", REAL, &w.o.breaks},
    {"deaf", COUNT, &w.o.deaf},
    {"devices", COUNT, &w.o.devices},
    {"drain", REAL, &w.o.drain},
    {"forge", YES, &w.o.forge},
    {"groups", COUNT, &w.o.groups},
    {"log", WORD, &w.o.log},
    {"master", WORDS, &w.o.masters},
    {"members", COUNT, &w.o.members},
    {"no-wander", NO, &w.o.wander},
    {"pad", COUNT, &w.o.pad},
    {"pairs", COUNT, &w.o.pairs},
    {"pool", COUNT, &w.o.pool},
    {"prefix", WORD, &w.o.prefix},
    {"prompt", COUNT, &w.o.prompt},
    {"rate", REAL, &w.o.rate},
    {"ready", WORD, &w.o.ready},
    {"seconds", REAL, &w.o.seconds},
    {"seed", SEED, &w.o.seed},
    {"stay", YES, &w.o.stay},
    {"until", WORD, &w.o.until},
};
#define N_OPTS (sizeof(opts) / sizeof(opts[0]))

static void
usage(void)
{
	fputs("usage: driver --addr HOST:PORT… [--pairs N] [--groups N] [--members N] "
	      "[--devices N]\n"
	      "	[--rate R] [--seconds T] [--drain T] [--breaks T] [--pad BYTES] [--stay] "
	      "[--forge]\n"
	      "	[--no-wander] [--prefix P] [--pool N] [--deaf N] [--prompt MS] [--until FILE]\n"
	      "	[--master PIDFILE]… [--ready FILE] [--log FILE] [--seed N]\n",
	    stderr);
	exit(64);
}

static void
take(size_t i, const char *value)
{
	struct words *words = opts[i].to;

	switch (opts[i].type) {
	case YES:
	case NO:
		*(bool *)opts[i].to = opts[i].type == YES;
		break;
	case COUNT:
		*(int *)opts[i].to = atoi(value);
		break;
	case REAL:
		*(double *)opts[i].to = atof(value);
		break;
	case WORD:
		*(const char **)opts[i].to = value;
		break;
	case WORDS:
		if (words->n == 8)
			usage();
		words->at[words->n++] = value;
		break;
	case SEED:
		*(uint64_t *)opts[i].to = strtoull(value, NULL, 0);
		break;
	}
}

void
take_options(int argc, char **argv)
{
	struct option names[N_OPTS + 1] = {0};
	int ch, i;

	w.o = (struct options){.pairs = 10,
	    .groups = 2,
	    .members = 5,
	    .devices = 2,
	    .rate = 10,
	    .seconds = 20,
	    .drain = 60,
	    .breaks = 20,
	    .pad = 120,
	    .prefix = "c",
	    .seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 20,
	    .wander = true};
	for (size_t k = 0; k < N_OPTS; k++)
		names[k] = (struct option){opts[k].name,
		    opts[k].type == YES || opts[k].type == NO ? no_argument : required_argument,
		    NULL, 0};
	while ((ch = getopt_long(argc, argv, "", names, &i)) == 0)
		take((size_t)i, optarg);
	if (ch != -1)
		exit(64); /* getopt has said why */
	if (w.o.addrs.n == 0 || w.o.pairs < 1 || w.o.devices > w.o.pairs * 2 ||
	    w.o.members > w.o.pairs * 2)
		usage();
}
