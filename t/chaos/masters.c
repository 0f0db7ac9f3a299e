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

bool
masters_at_rest(char *why, size_t n, bool nobody)
{
	for (int i = 0; i < w.o.masters.n; i++) {
		int pid = pid_in(w.o.masters.at[i]), living, zombies, fds = descriptors(pid);

		family(pid, &living, &zombies);
		snprintf(why, n, "master %d has %d children, %d zombies, %d descriptors", pid,
		    living, zombies, fds);
		if (zombies > 0 || living == 0 || fds > living + 20 || (nobody && living > 10))
			return false;
	}
	why[0] = '\0';
	return true;
}
