/* SPDX-License-Identifier: ISC */
/*
 * absent - where libpq is linked in, this is what it finds instead of Kerberos and LDAP (Makefile): nobody has
 * credentials, no service is looked up.
 */
#include <stddef.h>

unsigned absent_failure(void);
void *absent_null(void);

unsigned
absent_failure(void)
{
	return 13U << 16; /* GSS_S_FAILURE */
}

void *
absent_null(void)
{
	return NULL;
}
