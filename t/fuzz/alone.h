/* SPDX-License-Identifier: ISC */
/*
 * alone - a fuzz target without a fuzzer: looks at the files that it is given, which is how what was once
 * found stays mended. With libFuzzer (make fuzz): clang -fsanitize=fuzzer -DLIBFUZZER.
 */
#ifndef ALONE_H
#define ALONE_H

#include <string.h>

#include "t/fuzz/fuzz.h"

#ifndef __clang__ /* an input that is no good ends the process, and its memory with it */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#ifndef LIBFUZZER
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
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	printf("ok 1 - %d inputs\n1..1\n", argc - 1);
	return argc > 1 ? 0 : 1;
}

#ifndef GENERATES /* its main() makes up its input when it is given no files */
int
main(int argc, char **argv)
{
	return replay(argc, argv);
}
#endif
#endif

#endif
