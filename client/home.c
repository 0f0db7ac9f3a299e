/* SPDX-License-Identifier: ISC */
#include "client/home.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/link.h"
#include "client/options.h"
#include "lib/hex.h"
#include "lib/mem.h"

#define FILE_MAX ((off_t)4 * 1024 * 1024)

/* Any name as one path component. */
static void
add_component(struct buf *b, const char *name)
{
	buf_addc(b, '/');
	for (const char *p = name; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || *p == '-' || *p == '_' || (*p == '.' && p > name))
			buf_addc(b, *p);
		else
			buf_addf(b, "%%%02X", (unsigned char)*p);
	}
}

/*
 * A server's directory. One server is one, however it is spelled: letters are small, the port is said, an
 * address has its shortest form, and this machine is 127.0.0.1.
 */
static void
add_server(struct buf *b, const char *server)
{
	unsigned char address[sizeof(struct in6_addr)];
	char host[LINK_HOST_MAX];
	const char *port;
	struct buf one = {0};

	if (link_split(server, host, &port) < 0) {
		add_component(b, server);
		return;
	}
	for (char *p = host; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (inet_pton(AF_INET6, host, address) == 1)
		inet_ntop(AF_INET6, address, host, sizeof(host));
	if (link_is_local(server))
		snprintf(host, sizeof(host), "127.0.0.1");
	buf_addf(&one, "%s:%s", host, port);
	add_component(b, buf_str(&one));
	buf_free(&one);
}

static bool
add_root(struct buf *b)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (xdg != NULL && *xdg == '/')
		buf_adds(b, xdg);
	else if (home != NULL && *home == '/')
		buf_addf(b, "%s/.local/state", home);
	else
		return false;
	buf_adds(b, "/chat");
	return true;
}

/* mkdir -p of everything before the last component. */
static int
make_parents(char *path)
{
	for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		int rc;

		*p = '\0';
		rc = mkdir(path, 0700);
		if (rc < 0 && errno != EEXIST)
			complain("cannot make %s: %s", path, strerror(errno));
		*p = '/';
		if (rc < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

bool
home_path(struct buf *path, const char *server, const char *first, const char *second)
{
	if (!add_root(path)) {
		complain("neither XDG_STATE_HOME nor HOME says where to keep the login");
		return false;
	}
	add_server(path, server);
	add_component(path, first);
	if (second != NULL)
		add_component(path, second);
	return make_parents(buf_str(path)) == 0;
}

int
home_read(const char *path, char **text, size_t *n)
{
	struct stat sb;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &sb) < 0) {
		complain("cannot read %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (!S_ISREG(sb.st_mode) || (sb.st_mode & 077) != 0 || sb.st_uid != geteuid() ||
	    sb.st_size > FILE_MAX) {
		complain("%s could be read by others: remove it, or chmod 600 it, and log in again", path);
		close(fd);
		return -1;
	}
	*text = mem_alloc((size_t)sb.st_size + 1);
	got = read(fd, *text, (size_t)sb.st_size);
	close(fd);
	*n = got > 0 ? (size_t)got : 0; /* and a NUL behind it */
	return 1;
}

static int
write_file(const char *path, const struct buf *b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good;

	if (fd < 0)
		return -1;
	good = fchmod(fd, 0600) == 0 && write(fd, buf_data(b), buf_len(b)) == (ssize_t)buf_len(b);
	return close(fd) == 0 && good ? 0 : -1;
}

int
home_write(const char *path, const struct buf *b)
{
	struct buf tmp = {0};
	int rc;

	buf_addf(&tmp, "%s.tmp", path);
	rc = write_file(buf_str(&tmp), b);
	if (rc == 0)
		rc = rename(buf_str(&tmp), path);
	if (rc < 0)
		complain("cannot write %s: %s", path, strerror(errno));
	buf_free(&tmp);
	return rc;
}

/* %XX back to bytes, in place. */
static void
decode(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		unsigned byte;

		if (*s == '%' && s[1] != '\0' && s[2] != '\0' && sscanf(s + 1, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* What there is at that path, with * for anything; globfree() it. */
static glob_t
find(struct buf *pattern)
{
	glob_t found = {0};

	glob(buf_str(pattern), 0, NULL, &found);
	return found;
}

void
home_forget(const char *server, const char *user)
{
	struct buf path = {0};
	glob_t files;

	if (!home_path(&path, server, user, NULL))
		return;
	buf_adds(&path, "/*");
	files = find(&path);
	for (size_t i = 0; i < files.gl_pathc; i++)
		unlink(files.gl_pathv[i]);
	globfree(&files);
	buf_cut(&path, buf_len(&path) - 2);
	rmdir(buf_str(&path));
	buf_free(&path);
}

char *
home_only_user(const char *server)
{
	struct buf path = {0};
	char *user = NULL;
	bool only = true;
	glob_t logins;
	size_t n;

	if (!add_root(&path))
		return NULL;
	add_server(&path, server);
	n = buf_len(&path) + 1;
	buf_adds(&path, "/*/*-cmd"); /* a login that was given up leaves none */
	logins = find(&path);
	for (size_t i = 0; i < logins.gl_pathc; i++) {
		char *name = logins.gl_pathv[i] + n;

		name[strcspn(name, "/")] = '\0';
		only = only && (user == NULL || strcmp(user, name) == 0);
		free(user);
		user = mem_strdup(name);
	}
	globfree(&logins);
	buf_free(&path);
	if (user != NULL && only) {
		decode(user);
		return user;
	}
	free(user);
	return NULL;
}

/* HOST-xxxx: two machines of one name, or two homes on one, must not throw each other out. */
static void
make_device(struct buf *name)
{
	char host[DEVICE_BASE_MAX - 4] = "", random[5];

	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	for (char *p = host; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '_')
			*p = '-';
	hex_random(random, 2);
	buf_addf(name, "%s-%s", *host != '\0' ? host : "chat", random);
}

char *
home_device(const char *server)
{
	struct buf path = {0}, name = {0};
	char *text = NULL;
	size_t n;
	int fd, rc = -1;

	if (home_path(&path, server, "device", NULL)) {
		make_device(&name);
		/* Two at once: the first makes it for both, and a name is written in one piece. */
		fd = open(buf_str(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 && write(fd, buf_data(&name), buf_len(&name)) < 0)
			complain("cannot write %s: %s", buf_str(&path), strerror(errno));
		if (fd >= 0)
			close(fd);
		while ((rc = home_read(buf_str(&path), &text, &n)) == 1 && n == 0) {
			free(text);
			poll(NULL, 0, 10);
		}
	}
	buf_free(&path);
	buf_free(&name);
	return rc == 1 ? text : NULL;
}

int
home_tls(const char *server, struct link_tls *how)
{
	struct buf path = {0};
	char *ca = NULL;
	size_t n;
	int rc = -1;

	if (home_path(&path, server, "tls", NULL))
		rc = home_read(buf_str(&path), &ca, &n);
	if (rc == 1) {
		how->on = true;
		how->ca = how->ca == NULL && n > 0 ? ca : how->ca; /* lives as long as the process */
	}
	buf_free(&path);
	return rc < 0 ? -1 : 0;
}

void
home_set_tls(const char *server, const struct link_tls *how)
{
	struct buf path = {0}, text = {0};

	if (how->ca != NULL)
		buf_adds(&text, how->ca);
	if (home_path(&path, server, "tls", NULL) && how->on)
		home_write(buf_str(&path), &text);
	else if (buf_len(&path) > 0)
		unlink(buf_str(&path));
	buf_free(&path);
	buf_free(&text);
}
