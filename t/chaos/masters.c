/* SPDX-License-Identifier: ISC */
/* masters - what /proc knows of the masters: their children and descriptors (R8). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"

/* Children of a master, by state. */
static void
family(int master, int *living, int *zombies)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	*living = *zombies = 0;
	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[300], line[1000] = "", *p;
		char state;
		int parent;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		if (atoi(e->d_name) == 0 || (f = fopen(path, "r")) == NULL)
			continue;
		if (fgets(line, sizeof(line), f) != NULL && (p = strrchr(line, ')')) != NULL &&
		    sscanf(p + 1, " %c %d", &state, &parent) == 2 && parent == master)
			++*(state == 'Z' ? zombies : living);
		fclose(f);
	}
	if (d != NULL)
		closedir(d);
}

static int
descriptors(int pid)
{
	char path[64];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	if ((d = opendir(path)) == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static int
pid_in(const char *file)
{
	FILE *f = fopen(file, "r");
	int pid = 0;

	if (f == NULL || fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		fclose(f);
	return pid;
}

/* Each child has one descriptor of its master's. What a master has beyond is its own: as many in
 * the end as in the beginning, but for those that are on their way. */
#define SLACK 4

static int own[8]; /* -1: could not be seen */

static int
own_of(int pid, int *living, int *zombies)
{
	int fds = pid > 0 ? descriptors(pid) : -1;

	*living = *zombies = 0;
	if (pid > 0)
		family(pid, living, zombies);
	return fds < 0 ? -1 : fds - *living;
}

void
masters_begin(void)
{
	int living, zombies;

	for (int i = 0; i < w.o.masters.n; i++) {
		own[i] = own_of(pid_in(w.o.masters.at[i]), &living, &zombies);
		if (own[i] < 0)
			fprintf(stderr, "# %s: no master to be seen\n", w.o.masters.at[i]);
	}
}

bool
masters_at_rest(char *why, size_t n, bool nobody)
{
	for (int i = 0; i < w.o.masters.n; i++) {
		int pid = pid_in(w.o.masters.at[i]), living, zombies,
		    now = own_of(pid, &living, &zombies);

		snprintf(why, n,
		    "master %d (%s) has %d children, %d zombies, %d descriptors of its own, %d "
		    "in the beginning",
		    pid, w.o.masters.at[i], living, zombies, now, own[i]);
		if (now < 0 || own[i] < 0 || zombies > 0 || living == 0 ||
		    now > own[i] + SLACK || (nobody && living > 10))
			return false;
	}
	why[0] = '\0';
	return true;
}
