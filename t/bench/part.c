/* SPDX-License-Identifier: ISC */
/* part - what the servers' processes use, and how latencies are kept. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/mem.h"
#include "t/bench/bench.h"

static struct part {
	char *name;
	long leader;
} parts[PARTS];
static int n_parts;

void
part_add(const char *name_and_pid)
{
	const char *pid = strchr(name_and_pid, '=');

	if (pid == NULL || n_parts == PARTS)
		quit("-p %s: NAME=PID is wanted, %d times at most", name_and_pid, PARTS);
	parts[n_parts].name = mem_strdup(name_and_pid);
	parts[n_parts].name[pid - name_and_pid] = '\0';
	parts[n_parts++].leader = atol(pid + 1);
}

static size_t
slurp(char *to, size_t size, const char *pid, const char *file)
{
	char path[300];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, file);
	f = fopen(path, "r");
	n = f != NULL ? fread(to, 1, size - 1, f) : 0;
	to[n] = '\0';
	if (f != NULL)
		fclose(f);
	return n;
}

/* Which part a process belongs to, or -1. Backends of PostgreSQL have sessions of their own. */
static int
part_of(const char *pid)
{
	char stat[512];
	const char *after;
	long parent = 0, sid = 0;

	if (slurp(stat, sizeof(stat), pid, "stat") == 0 ||
	    (after = strrchr(stat, ')')) == NULL ||
	    sscanf(after + 1, " %*c %ld %*d %ld", &parent, &sid) != 2)
		return -1;
	for (int i = 0; i < n_parts; i++)
		if (parts[i].leader == sid || parts[i].leader == parent)
			return i;
	return -1;
}

static void
add_process(struct usage *u, const char *pid, bool with_memory)
{
	char text[4096];
	const char *pss;
	long user = 0, kernel = 0, threads = 0;
	int i = part_of(pid);

	if (i < 0)
		return;
	u->processes[i]++;
	if (slurp(text, sizeof(text), pid, "stat") > 0)
		sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %*d %*d %*d %*d %ld",
		    &user, &kernel, &threads);
	if (threads > 1) /* schedstat knows the first one only */
		u->cpu_ns[i] += (user + kernel) * (SECOND / sysconf(_SC_CLK_TCK));
	else if (slurp(text, sizeof(text), pid, "schedstat") > 0)
		u->cpu_ns[i] += strtoll(text, NULL, 10);
	if (with_memory && slurp(text, sizeof(text), pid, "smaps_rollup") > 0 &&
	    (pss = strstr(text, "\nPss:")) != NULL)
		u->pss_kb[i] += strtoll(pss + 5, NULL, 10);
}

void
parts_measure(struct usage *u, bool with_memory)
{
	DIR *d = n_parts > 0 ? opendir("/proc") : NULL;
	struct dirent *e;
	struct rusage r;

	*u = (struct usage){.at = now_ns()};
	getrusage(RUSAGE_SELF, &r);
	u->own_ns = (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * SECOND +
		    (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000;
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			add_process(u, e->d_name, with_memory);
	if (d != NULL)
		closedir(d);
}

void
say_cpu(const struct usage *from, const struct usage *to, double pieces)
{
	printf(
	    " own_cpu=%.2f", (double)(to->own_ns - from->own_ns) / (double)(to->at - from->at));
	for (int i = 0; i < n_parts; i++)
		printf(" %s_us=%.1f", parts[i].name,
		    (double)(to->cpu_ns[i] - from->cpu_ns[i]) / 1000 / pieces);
}

void
say_memory(const struct usage *from, const struct usage *to, double sessions)
{
	for (int i = 0; i < n_parts; i++)
		printf(" %s_pss_kb=%.1f %s_processes=%d", parts[i].name,
		    (double)(to->pss_kb[i] - from->pss_kb[i]) / sessions, parts[i].name,
		    to->processes[i] - from->processes[i]);
}

/* 128 steps for each power of two. */
void
histogram_add(struct histogram *h, int64_t ns)
{
	uint64_t v = ns > 0 ? (uint64_t)ns : 0;
	int shift = v < 128 ? 0 : 63 - __builtin_clzll(v) - 7;

	h->n++;
	h->count[((size_t)shift << 7) + (size_t)(v >> shift)]++;
}

double
histogram_ms(const struct histogram *h, double share)
{
	int64_t want = (int64_t)((double)h->n * share), seen = 0;

	for (size_t i = 0; i < sizeof(h->count) / sizeof(h->count[0]); i++) {
		size_t shift = i < 256 ? 0 : (i >> 7) - 1;

		seen += h->count[i];
		if (seen > want)
			return (double)((uint64_t)(i - (shift << 7)) << shift) / 1e6;
	}
	return 0;
}

void
say_latency(const struct histogram *h, const char *what)
{
	printf(" %s_p50_ms=%.3f %s_p99_ms=%.3f %s_p999_ms=%.3f", what, histogram_ms(h, .5),
	    what, histogram_ms(h, .99), what, histogram_ms(h, .999));
}
