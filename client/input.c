/* SPDX-License-Identifier: ISC */
#include "client/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/mem.h"

#define LINE_MAX_BYTES ((size_t)1024 * 1024) /* a longer one is cut here */

static struct buf held;
static bool ended;

bool
input_ready(void)
{
	return ended || buf_len(&held) >= LINE_MAX_BYTES ||
	    (buf_len(&held) > 0 && memchr(buf_data(&held), '\n', buf_len(&held)) != NULL);
}

void
input_fill(void)
{
	ssize_t n = read(STDIN_FILENO, buf_room(&held, 4096), 4096);

	if (n > 0)
		buf_grew(&held, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		ended = true;
}

char *
input_line(void)
{
	char *line, *nl;
	size_t n, take;

	while (!input_ready())
		input_fill();
	n = take = buf_len(&held);
	if (n == 0)
		return NULL;
	nl = memchr(buf_data(&held), '\n', n);
	if (nl != NULL) {
		n = (size_t)(nl - buf_data(&held));
		take = n + 1;
	}
	line = mem_alloc(n + 1);
	memcpy(line, buf_data(&held), n);
	if (n > 0 && line[n - 1] == '\r')
		line[n - 1] = '\0';
	explicit_bzero(buf_data(&held), take); /* it may have been a password */
	buf_drop(&held, take);
	return line;
}
