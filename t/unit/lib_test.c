/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/error.h"
#include "lib/jw.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "t/unit/tap.h"

static void
buffers(void)
{
	struct buf b = {0};
	char big[5000];
	size_t cap;
	bool same = true;

	is_int(buf_len(&b), 0, "a new buffer is empty");
	is_str(buf_str(&b), "", "and reads as an empty string");
	buf_add(&b, NULL, 0);
	buf_adds(&b, "hello");
	buf_addc(&b, ' ');
	buf_addf(&b, "%s %d", "world", 7);
	is_str(buf_str(&b), "hello world 7", "what is appended stands in order");
	is_int(buf_len(&b), 13, "the NUL behind it is not counted");
	buf_drop(&b, 6);
	is_str(buf_str(&b), "world 7", "drop takes from the head");
	buf_cut(&b, 5);
	is_str(buf_str(&b), "world", "cut takes from the tail");
	buf_drop(&b, 5);
	is_int(b.head + b.tail, 0, "a drained buffer starts over");
	buf_trim(&b);
	ok(b.p == NULL && b.cap == 0, "and holds no memory after a trim");

	memset(big, 'x', sizeof(big));
	buf_adds(&b, "tail");
	buf_trim(&b);
	is_str(buf_str(&b), "tail", "a trim spares what is stored");
	buf_add(&b, big, sizeof(big));
	is_int(buf_len(&b), sizeof(big) + 4, "it grows");
	buf_drop(&b, sizeof(big));
	cap = b.cap;
	for (int i = 0; i < 100000; i++) {
		buf_adds(&b, "1234567890");
		buf_drop(&b, 10);
	}
	is_int(b.cap, cap, "a queue that stays short never grows");
	is_str(buf_str(&b), "7890", "and keeps its order");
	buf_free(&b);

	memcpy(buf_room(&b, 3), "abc", 3);
	buf_grew(&b, 3);
	is_str(buf_str(&b), "abc", "room is filled in place");
	buf_free(&b);

	for (int i = 0; i < 70000; i++)
		buf_addc(&b, (char)('a' + i % 26));
	for (int i = 0; i < 70000; i++)
		same = same && buf_data(&b)[i] == (char)('a' + i % 26);
	ok(same, "growing keeps every byte");
	buf_free(&b);

	buf_addf(&b, "%5000d", 1);
	is_int(buf_len(&b), 5000, "a format longer than the buffer fits");
	buf_free(&b);
}

static void
writer(void)
{
	struct buf b = {0};

	jw_open(&b, NULL, '{');
	jw_bool(&b, "ok", true);
	jw_int(&b, "id", INT64_MIN);
	jw_str(&b, "s", "");
	jw_null(&b, "none");
	jw_open(&b, "list", '[');
	jw_int(&b, NULL, 1);
	jw_open(&b, NULL, '{');
	jw_close(&b, '}');
	jw_open(&b, NULL, '[');
	jw_close(&b, ']');
	jw_str(&b, NULL, "{");
	jw_bool(&b, NULL, false);
	jw_raw(&b, NULL, "{\"x\":[", 6);
	jw_close(&b, ']');
	jw_close(&b, '}');
	jw_close(&b, ']');
	jw_named(&b, "from", 3, "alice");
	jw_close(&b, '}');
	is_str(buf_str(&b),
	    "{\"ok\":true,\"id\":-9223372036854775808,\"s\":\"\",\"none\":null,"
	    "\"list\":[1,{},[],\"{\",false,{\"x\":[]}],\"from\":{\"id\":3,\"name\":\"alice\"}}",
	    "commas place themselves");
	buf_cut(&b, 0);

	jw_open(&b, NULL, '{');
	jw_close(&b, '}');
	buf_addc(&b, '\n');
	jw_open(&b, NULL, '{');
	jw_close(&b, '}');
	is_str(buf_str(&b), "{}\n{}", "a new line begins without a comma");
	buf_cut(&b, 0);

	jw_str(&b, NULL, "q\" b\\ / \n\r\t\b\x01\x1f\x7f gr\xc3\xbc\xc3\x9f");
	is_str(buf_str(&b),
	    "\"q\\\" b\\\\ / \\n\\r\\t\\b\\u0001\\u001f\x7f "
	    "gr\xc3\xbc\xc3\x9f\"",
	    "strings are escaped");
	buf_cut(&b, 0);
	jw_strn(&b, NULL, "a\0b", 3);
	is_str(buf_str(&b), "\"a\\u0000b\"", "a NUL inside is not the end");
	buf_free(&b);
}

/* What log_event() puts on stderr, behind its time stamp. */
static char *
logged(void (*say)(const char *), const char *arg)
{
	static char out[8192];
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;
	char *from;

	fflush(stderr);
	if (saved < 0 || pipe(fds) < 0 || dup2(fds[1], STDERR_FILENO) < 0)
		abort();
	say(arg);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], out, sizeof(out) - 1);
	close(fds[0]);
	out[n > 0 ? n : 0] = '\0';
	from = strstr(out, "lvl=");
	return from != NULL && out[0] != '<' ? from : out;
}

static void
say_value(const char *s)
{
	log_info("event", "v=%s n=%d", s, 5);
}

static void
say_numbers(const char *s)
{
	(void)s;
	log_info("event", "d=%d u=%u ld=%ld lld=%lld zu=%zu", -1, 2U, -3L, -4LL, (size_t)5);
}

static void
say_nothing_more(const char *s)
{
	(void)s;
	log_warn("event", "%s", "");
}

static void
say_debug(const char *s)
{
	log_debug("event", "v=%s", s);
}

static void
is_logged(const char *value, const char *want, const char *what)
{
	char line[256];

	snprintf(
	    line, sizeof(line), "lvl=info ev=event pid=%ld v=%s n=5\n", (long)getpid(), want);
	is_str(logged(say_value, value), line, what);
}

static void
logging(void)
{
	char big[10000], line[256], *got;
	enum log_level level;

	unsetenv("JOURNAL_STREAM");
	log_init(LOG_INFO);
	is_logged("alice", "alice", "a plain value stands as it is");
	is_logged(NULL, "-", "NULL is a dash");
	is_logged("", "\"\"", "an empty value is quoted");
	is_logged("a b", "\"a b\"", "so is one with a space");
	is_logged("a=b", "\"a=b\"", "or with an equals sign");
	is_logged("a\"b\\", "\"a\\\"b\\\\\"", "quotes and backslashes are escaped");
	is_logged("x\nlvl=error ev=forged", "\"x\\x0alvl=error ev=forged\"",
	    "no value can forge a line");
	is_logged("\r\t\033[1m\x7f", "\"\\x0d\\x09\\x1b[1m\\x7f\"", "controls are escaped");
	is_logged("gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"", "other bytes are quoted");

	snprintf(line, sizeof(line), "lvl=info ev=event pid=%ld d=-1 u=2 ld=-3 lld=-4 zu=5\n",
	    (long)getpid());
	is_str(logged(say_numbers, NULL), line, "every conversion prints");
	is_str(logged(say_debug, "x"), "", "what is below the threshold is not said");
	ok(strncmp(logged(say_nothing_more, NULL), "lvl=warn ev=event", 17) == 0,
	    "the level is said");

	log_user("bob \"b\"");
	snprintf(line, sizeof(line),
	    "lvl=info ev=event pid=%ld user=\"bob \\\"b\\\"\" v=x n=5\n", (long)getpid());
	is_str(logged(say_value, "x"), line, "the user is quoted too");
	log_user(NULL);

	memset(big, '\n', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	got = logged(say_value, big);
	ok(strlen(got) < 2048 && strchr(got, '\n') == got + strlen(got) - 1,
	    "a value too long is cut, and the line still ends once");

	setenv("JOURNAL_STREAM", "8:1", 1);
	log_init(LOG_INFO);
	ok(strncmp(logged(say_value, "x"), "<6>lvl=info ev=event ", 21) == 0,
	    "the journal gets a priority and no time");
	unsetenv("JOURNAL_STREAM");
	log_init(LOG_INFO);

	ok(log_level_parse("warn", &level) && level == LOG_WARN, "levels have names");
	ok(!log_level_parse("loud", &level), "other words are none");
}

static void
errors(void)
{
	bool all = true, once = true, back = true;

	for (int e = E_OK + 1; e < E_COUNT; e++) {
		const char *wire = error_wire((enum error)e);

		all = all && wire[0] != '\0' && error_sentence((enum error)e)[0] != '\0';
		for (int f = E_OK + 1; f < e; f++)
			once = once && strcmp(wire, error_wire((enum error)f)) != 0;
	}
	ok(all, "every error has a word and a sentence");
	ok(once, "no word stands for two");
#define X(name, wire, state, sentence) \
	if (state[0] != '\0')          \
		back = back && error_of_sqlstate("CH" state) == name;
	ERRORS(X)
#undef X
	ok(back, "every SQLSTATE of ours finds its error");
	is_str(error_wire(E_NOT_FOUND), "not_found", "the wire says not_found");
	is_int(error_of_sqlstate("CHNFD"), E_NOT_FOUND, "CHNFD is not_found");
	is_int(error_of_sqlstate("CH"), E_OK, "the prefix alone is no error");
	is_int(error_of_sqlstate("CHXXX"), E_OK, "nor is an unknown one");
	is_int(error_of_sqlstate("23505"), E_OK, "nor one of PostgreSQL's own");
	is_int(error_of_sqlstate(""), E_OK, "nor none");
}

static void
clocks(void)
{
	int64_t now = clock_ms();
	bool within = true;

	ok(clock_ms() >= now, "time does not go back");
	is_int(clock_left(CLOCK_NEVER), -1, "never is waited for without end");
	is_int(clock_left(now - 1), 0, "the past is not waited for");
	ok(clock_left(now + 100000) > 90000, "the future is");
	is_int(clock_left(INT64_MAX - 1), INT32_MAX, "a far future does not wrap");
	for (int i = 0; i < 10000; i++) {
		int64_t n = clock_jitter(7);

		within = within && n >= 0 && n < 7;
	}
	ok(within, "jitter stays below its bound");
}

/* libc's own calendar, every 31 hours. */
static void
dates(void)
{
	char text[CLOCK_TEXT], libc[CLOCK_TEXT];
	bool same = true;

	for (time_t t = 0; t < INT64_C(16725225600) && same; t += 31 * 3600 + 61) {
		struct tm tm;

		clock_date(text, t);
		strftime(libc, sizeof(libc), "%Y-%m-%dT%H:%M:%S", gmtime_r(&t, &tm));
		same = strcmp(text, libc) == 0;
	}
	ok(same, "dates are libc's, from 1970 to 2500");
	clock_text(text, INT64_C(951782400000007));
	is_str(text, "2000-02-29T00:00:00.000007Z", "and a time has six digits more");
}

/* Pieces that a forked process does not have. */
static void
own_memory(void)
{
	struct mem_own o = {0};
	char *first = mem_own(&o, 200), *p = first, *again;
	int status = 0, fd[2];

	memset(first, 1, 200);
	mem_disown(&o, first);
	again = mem_own(&o, 200);
	ok(again == first && again[0] == 0 && again[199] == 0, "what is given back is given out again, zeroed");
	for (int i = 0; i < 1000; i++) {
		p = mem_own(&o, 200);
		p[0] = p[199] = 1;
	}
	ok(p != first && first[0] == 0, "there is more of it, each apart");
	if (fork() == 0)
		_exit(pipe(fd) == 0 && write(fd[1], first, 200) < 0 && errno == EFAULT ? 0 : 1);
	wait(&status);
	is_int(status, 0, "a child has none of it");
}

static void
memory(void)
{
	char *s = mem_strdup("copy"), *z = mem_alloc(64);
	bool zero = true;

	is_str(s, "copy", "a string is copied");
	for (int i = 0; i < 64; i++)
		zero = zero && z[i] == 0;
	ok(zero, "new memory is zero");
	z = mem_realloc(z, 4096);
	ok(z[0] == 0 && z[63] == 0, "and keeps its bytes when it grows");
	free(z);
	free(s);
}

/* The last one: there is no way back. */
static void
memory_limit(void)
{
	void *most;

	mem_limit(32 << 20);
	most = malloc(16 << 20);
	ok(most != NULL, "within its limit a process gets memory");
	free(most);
#ifndef __SANITIZE_ADDRESS__
	most = malloc(64 << 20);
	ok(most == NULL, "and beyond it none");
	free(most);
#endif
}

int
main(void)
{
	buffers();
	writer();
	logging();
	errors();
	clocks();
	dates();
	memory();
	own_memory();
	memory_limit();
	return done_testing();
}
