/* SPDX-License-Identifier: ISC */
#include "lib/near.h"

#include <string.h>

#define MOST 31

int
near_distance(const char *a, const char *b)
{
	int row[MOST + 1], n = (int)strnlen(a, MOST), m = (int)strnlen(b, MOST);

	for (int j = 0; j <= m; j++)
		row[j] = j;
	for (int i = 1; i <= n; i++) {
		int corner = row[0];

		row[0] = i;
		for (int j = 1; j <= m; j++) {
			int best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[m];
}
