/* SPDX-License-Identifier: ISC */
/*
 * alone - a fuzz target without a fuzzer: looks at the files that it is given (a path has a slash), which is how what was
 * once found stays mended; NAME_fuzz [COUNT [SEED]] of one that says how many it GENERATES makes up its input, the same
 * for the same seed. With libFuzzer (make fuzz): clang -fsanitize=fuzzer -DLIBFUZZER.
 */
#ifndef ALONE_H
#define ALONE_H

#include <string.h>

#include "t/fuzz/fuzz.h"

#ifndef __clang__ /* an input that is no good ends the process, and its memory with it */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#ifndef LIBFUZZER
static void
look_at(const uint8_t *data, size_t n)
{
	current = data;
	current_n = n;
	LLVMFuzzerTestOneInput(data, n);
	current = NULL;
}

static int
replay(int argc, char **argv)
{
	static uint8_t data[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		uint8_t *exact;
		size_t n;

		if (f == NULL) {
			perror(argv[i]);
			return 1;
		}
		n = fread(data, 1, sizeof(data), f);
		fclose(f);
		exact = malloc(n > 0 ? n : 1);
		MUST(exact != NULL);
		memcpy(exact, data, n);
		look_at(exact, n);
		free(exact);
	}
	printf("ok 1 - %d inputs\n1..1\n", argc - 1);
	return argc > 1 ? 0 : 1;
}

#ifdef GENERATES
static int generate(long count, uint64_t seed); /* as main(): what it has made up is fine, or not */
#endif

int
main(int argc, char **argv)
{
#ifdef GENERATES
	if (argc < 2 || strchr(argv[1], '/') == NULL)
		return generate(argc > 1 ? strtol(argv[1], NULL, 10) : GENERATES, argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
#endif
	return replay(argc, argv);
}
#endif

#endif
