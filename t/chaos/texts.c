/* SPDX-License-Identifier: ISC */
/* texts - what is said: each text, its cid and its words follow from its number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "lib/mem.h"

void
text_cid(int i, char cid[48])
{
	snprintf(cid, 48, "%s.%d", w.o.prefix, i);
}

char *
text_words(int i)
{
	static const char *const bits[] = {"a", "e", " ", "0", "\"", "\\", "\n", "é", "漢",
	    "🙂", "</", "\t", "x", "y", "z", "\x7f"};
	struct buf b = {0};
	uint64_t h = (uint64_t)i * 0x9E3779B97F4A7C15u;
	size_t len = i % 997 == 996 ? 12000 : (size_t)(h >> 33) % (size_t)(w.o.pad + 1);

	buf_addf(&b, "%s.%d ", w.o.prefix, i);
	while (buf_len(&b) < len) {
		h = h * 6364136223846793005u + 1442695040888963407u;
		buf_adds(&b, bits[h >> 60]);
	}
	buf_addc(&b, '\0');
	return buf_data(&b);
}

int
text_number(const char *s)
{
	size_t n = strlen(w.o.prefix);
	char *end;
	long i;

	if (strncmp(s, w.o.prefix, n) != 0 || s[n] != '.')
		return -1;
	i = strtol(s + n + 1, &end, 10);
	if (end == s + n + 1 || (*end != ' ' && *end != '\0') || i < 0 ||
	    (size_t)i >= w.n_texts)
		return -1;
	return (int)i;
}

int
text_new(int client, int target)
{
	if (w.n_texts == w.cap_texts) {
		w.cap_texts = w.cap_texts != 0 ? w.cap_texts * 2 : 4096;
		w.texts = mem_realloc(w.texts, w.cap_texts * sizeof(w.texts[0]));
	}
	w.texts[w.n_texts] = (struct text){.client = client, .target = target};
	return (int)w.n_texts++;
}
