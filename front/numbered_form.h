/* SPDX-License-Identifier: ISC */
/* numbered_form - what a request is, and of which dialect. */
#ifndef NUMBERED_FORM_H
#define NUMBERED_FORM_H

#include "front/dialect.h"
#include "handlers/request.h"

enum fit {
	FIT,   /* it is a request of this dialect */
	LACKS, /* its number is, but fields are missing: enough to refuse it by name */
	UNFIT, /* of none, or of another than the client has shown */
};

struct form {
	enum wish wish;
	const struct dialect *dialect;
	bool certain; /* FIT: no other dialect has such a request */
};

/* mine: how the client is spoken to; shown: that is certain. UNFIT: *f means nothing. */
enum fit form_find(const struct req *rq, const struct dialect *mine, bool shown, struct form *f);

/* Which of a, b and c alone has such a request; NULL: none, or it says nothing. */
const struct dialect *form_of_whom(const struct req *rq);

#endif
