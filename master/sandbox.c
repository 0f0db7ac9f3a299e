/* SPDX-License-Identifier: ISC */
#include "master/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "db/conninfo.h"
#include "lib/log.h"

static struct {
	bool on;
	struct filter filters[ROLES]; /* built before the fork; children share the pages */
} sandbox;

void
sandbox_user(const char *user)
{
	char name[65];
	const char *colon = user != NULL ? strchr(user, ':') : NULL;
	const struct passwd *pw;
	const struct group *gr;
	gid_t gid;

	if (user == NULL || geteuid() != 0)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(colon != NULL ? colon - user : (long)strlen(user)), user);
	pw = getpwnam(name);
	if (pw == NULL)
		die(EX_CONFIG, "user", "user=%s why=%s", name, "there is no such user");
	gid = pw->pw_gid;
	if (colon != NULL) {
		gr = getgrnam(colon + 1);
		if (gr == NULL)
			die(EX_CONFIG, "user", "group=%s why=%s", colon + 1, "there is no such group");
		gid = gr->gr_gid;
	}
	if ((colon != NULL ? setgroups(1, &gid) : initgroups(name, gid)) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		die(EX_OSERR, "user", "user=%s why=%s", user, strerror(errno));
}

/* Its call was not made, and it makes no other but for the log. */
static void
on_trap(int sig, siginfo_t *info, void *context)
{
	(void)context;
	log_error("sandbox", "syscall=%d", info->si_syscall);
	raise(sig); /* which ends it: SA_RESETHAND */
}

static void
install(enum role role)
{
	struct filter f = sandbox.filters[role];
	struct sock_fprog program = {(unsigned short)f.n, f.code};

	if (f.self != 0)
		f.code[f.self].k = (uint32_t)getpid();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die(EX_OSERR, "sandbox", "why=%s", strerror(errno));
}

/*
 * Landlock, as much of it as the kernel has: no file is written, made, removed or executed, nothing
 * listens on TCP, nobody else is signalled. The kernel that runs may know more than linux/landlock.h of
 * the machine that builds, hence numbers.
 */
static void
lock_files(void)
{
	struct {
		uint64_t files, net, scopes;
	} handled = {0};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	int fd;

	if (abi < 1)
		return;
	handled.files = 1 << 0 | 1 << 1 | 0x7f << 4 | 1 << 11 | 1 << 12; /* EXECUTE, WRITE_FILE, REMOVE_*, MAKE_* */
	if (abi >= 2)
		handled.files |= 1 << 13; /* REFER */
	if (abi >= 3)
		handled.files |= 1 << 14; /* TRUNCATE */
	if (abi >= 4)
		handled.net = 1 << 0; /* BIND_TCP */
	if (abi >= 6)
		handled.scopes = 1 << 1; /* SIGNAL */
	fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		log_warn("landlock", "why=%s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
build_filters(bool near)
{
	for (int role = 0; role < ROLES; role++)
		filter_build(&sandbox.filters[role], (enum role)role, near);
}

void
sandbox_begin(bool on, bool again)
{
	struct sigaction trap = {.sa_sigaction = on_trap, .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND | SA_NODEFER)};
	struct rlimit r;

	if (getrlimit(RLIMIT_NPROC, &r) == 0) { /* sessions are processes, and no longer root's */
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NPROC, &r);
	}
	sandbox.on = on;
	if (geteuid() == 0)
		log_warn("root", "hint=%s", "--user NAME would make it somebody with fewer rights");
	if (!on)
		return;
	build_filters(false);
	sigaction(SIGSYS, &trap, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die(EX_OSERR, "sandbox", "why=%s", strerror(errno));
	if (!again)
		install(ROLE_MASTER);
}

void
sandbox_dials(const struct node *node)
{
	build_filters(conninfo_is_near(node->db) && *node->bus.host == '\0');
}

void
sandbox_enter(enum role role)
{
	if (!sandbox.on)
		return;
	setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0});
	lock_files();
	install(role);
}
