/* SPDX-License-Identifier: ISC */
#include "client/store.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/options.h"
#include "client/js.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/jw.h"
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

static int
take_lock(struct store *st, enum store_role role, int64_t deadline)
{
	struct buf path = {0};

	buf_addf(&path, "%s.lock", st->path);
	st->lock = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->lock < 0)
		complain("cannot open %s: %s", buf_str(&path), strerror(errno));
	buf_free(&path);
	if (st->lock < 0)
		return -1;
	while (flock(st->lock, LOCK_EX | LOCK_NB) < 0) {
		if (clock_ms() < deadline) {
			poll(NULL, 0, 20 + (int)clock_jitter(30));
			continue;
		}
		st->busy = true;
		if (role == STORE_FOLLOWER)
			complain("%s is open in another chat on this machine (device %s); "
			         "use --device NAME for one more",
			    st->user, st->device);
		else
			complain("another command of %s is still running (device %s)", st->user,
			    st->device);
		return -1;
	}
	return 0;
}

/* 1, 0: there is none, -1: complained. Caller frees *text. */
static int
read_private(const char *path, char **text, size_t *n)
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
		complain("%s could be read by others: remove it, or chmod 600 it, and log in again",
		    path);
		close(fd);
		return -1;
	}
	*text = mem_alloc((size_t)sb.st_size + 1);
	got = read(fd, *text, (size_t)sb.st_size);
	close(fd);
	*n = got > 0 ? (size_t)got : 0;
	return 1;
}

static int
load(struct store *st)
{
	struct json_object *obj;
	char *text;
	size_t n;
	int rc = read_private(st->path, &text, &n);

	st->cursors = json_object_new_object();
	if (rc <= 0)
		return rc;
	obj = js_parse(text, n);
	free(text);
	if (*js_str(obj, "token") != '\0')
		st->token = mem_strdup(js_str(obj, "token"));
	st->epoch = mem_strdup(js_str(obj, "epoch"));
	if (json_object_is_type(js_get(obj, "cursors"), json_type_object)) {
		json_object_put(st->cursors);
		st->cursors = json_object_get(js_get(obj, "cursors"));
	}
	json_object_put(obj);
	return st->token != NULL;
}

int
store_open(struct store *st, const char *server, const char *user, const char *device,
    enum store_role role, int64_t deadline)
{
	struct buf path = {0};

	*st = (struct store){.lock = -1};
	st->user = mem_strdup(user);
	snprintf(st->device, sizeof(st->device), "%.*s%s", DEVICE_BASE_MAX, device,
	    role == STORE_COMMAND ? "-cmd" : "");
	if (!add_root(&path)) {
		complain("neither XDG_STATE_HOME nor HOME says where to keep the login");
		return -1;
	}
	add_component(&path, server);
	add_component(&path, user);
	add_component(&path, st->device);
	st->path = mem_strdup(buf_str(&path));
	buf_free(&path);
	if (make_parents(st->path) < 0 || take_lock(st, role, deadline) < 0)
		return -1;
	return load(st);
}

static int
write_private(const char *path, const struct buf *b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good;

	if (fd < 0)
		return -1;
	good = fchmod(fd, 0600) == 0 &&
	    write(fd, buf_data(b), buf_len(b)) == (ssize_t)buf_len(b);
	return close(fd) == 0 && good ? 0 : -1;
}

int
store_save(struct store *st)
{
	const char *cursors = json_object_to_json_string_ext(st->cursors, JSON_C_TO_STRING_PLAIN);
	struct buf b = {0}, tmp = {0};
	int rc;

	jw_open(&b, NULL, '{');
	jw_str(&b, "token", st->token != NULL ? st->token : "");
	jw_str(&b, "epoch", st->epoch != NULL ? st->epoch : "");
	jw_raw(&b, "cursors", cursors, strlen(cursors));
	jw_close(&b, '}');
	buf_addc(&b, '\n');
	buf_addf(&tmp, "%s.tmp", st->path);
	rc = write_private(buf_str(&tmp), &b);
	if (rc == 0)
		rc = rename(buf_str(&tmp), st->path);
	if (rc < 0)
		complain("cannot write %s: %s", st->path, strerror(errno));
	explicit_bzero(buf_data(&b), buf_len(&b));
	buf_free(&b);
	buf_free(&tmp);
	return rc;
}

void
store_erase(struct store *st)
{
	if (unlink(st->path) < 0 && errno != ENOENT)
		complain("cannot remove %s: %s", st->path, strerror(errno));
}

void
store_close(struct store *st)
{
	if (st->lock >= 0)
		close(st->lock);
	json_object_put(st->cursors);
	free(st->path);
	free(st->user);
	free(st->token);
	free(st->epoch);
	*st = (struct store){.lock = -1};
}

void
store_set_token(struct store *st, const char *token)
{
	free(st->token);
	st->token = mem_strdup(token);
}

void
store_set_epoch(struct store *st, const char *epoch)
{
	if (st->epoch != NULL && strcmp(st->epoch, epoch) == 0)
		return;
	free(st->epoch);
	st->epoch = mem_strdup(epoch);
	json_object_put(st->cursors);
	st->cursors = json_object_new_object();
}

int64_t
store_cursor(const struct store *st, int64_t conv)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)conv);
	return js_int(st->cursors, key);
}

void
store_set_cursor(struct store *st, int64_t conv, int64_t seq)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)conv);
	json_object_object_add(st->cursors, key, json_object_new_int64(seq));
}

/* %XX back to bytes, in place. */
static void
decode(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		unsigned byte;

		if (*s == '%' && sscanf(s + 1, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* Is there more in a user's directory than locks, which a failed login leaves behind? */
static bool
has_login(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool yes = false;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' && strstr(e->d_name, ".lock") == NULL &&
		    strstr(e->d_name, ".tmp") == NULL)
			yes = true;
	if (dir != NULL)
		closedir(dir);
	return yes;
}

char *
store_only_user(const char *server)
{
	struct buf path = {0};
	struct dirent *e;
	char *user = NULL;
	int found = 0;
	DIR *dir = NULL;
	size_t n;

	if (add_root(&path)) {
		add_component(&path, server);
		dir = opendir(buf_str(&path));
	}
	n = buf_len(&path);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		buf_cut(&path, n);
		buf_addf(&path, "/%s", e->d_name);
		if (e->d_name[0] != '.' && has_login(buf_str(&path)) && found++ == 0)
			user = mem_strdup(e->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	buf_free(&path);
	if (found != 1) {
		free(user);
		return NULL;
	}
	decode(user);
	return user;
}

char *
store_machine(void)
{
	char name[65] = "";
	size_t n = 0;

	gethostname(name, sizeof(name) - 1);
	for (; name[n] != '\0' && name[n] != '.' && n < DEVICE_BASE_MAX; n++)
		if (!isalnum((unsigned char)name[n]) && name[n] != '-' && name[n] != '_')
			name[n] = '-';
	name[n] = '\0';
	return mem_strdup(n > 0 ? name : "chat");
}
