/* SPDX-License-Identifier: ISC */
/*
 * request_fuzz - what passes the door as requests, and as requests of every numbered table: fields are read as what
 * they are or refused with a sentence; a form that fits has its fields.
 */
#include "front/numbered_form.h"
#include "handlers/request.h"
#include "lib/ack_line.h"
#include "lib/door.h"
#include "lib/utf8.h"
#include "t/fuzz/alone.h"

static const char *const tables[] = {"a", "b", "c", "d", "f", "g", "h", "ac", "camel"};
#define TABLES (sizeof(tables) / sizeof(*tables))

static void
must_be_told(const struct req *rq, enum error e)
{
	MUST(e == E_OK || (e == E_BAD_REQUEST && rq->why[0] != '\0' && utf8_count(rq->why, strlen(rq->why)) >= 0));
}

static void
read_fields(struct req *rq)
{
	static const char *const keys[] = {"op", "to", "text", "cid", "conv", "seq", "id", "name", "limit"};
	enum error e;
	const char *s;
	int64_t v;
	bool yes;
	struct target t;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		e = want_str(rq, keys[i], 1, 64, &s);
		must_be_told(rq, e);
		MUST(e != E_OK || (strlen(s) >= 1 && strlen(s) <= 64));
		e = want_chars(rq, keys[i], 1, 50, &s);
		must_be_told(rq, e);
		MUST(e != E_OK || (utf8_count(s, strlen(s)) >= 1 && utf8_count(s, strlen(s)) <= 50));
		if (want_str(rq, keys[i], 0, 4096, &s) == E_OK) /* a sentence that is cut ends with a whole character */
			must_be_told(rq, refuse(rq, E_BAD_REQUEST, "%s: %s", keys[i], s));
		v = 5;
		must_be_told(rq, may_int(rq, keys[i], 1, 1000, &v));
		MUST(v >= 1 && v <= 1000);
		s = "joined";
		must_be_told(rq, may_word(rq, keys[i], "joined all", &s));
		MUST(strcmp(s, "joined") == 0 || strcmp(s, "all") == 0);
		must_be_told(rq, want_who(rq, keys[i], &s, &v));
		must_be_told(rq, may_str(rq, keys[i], 1, 64, &s));
		must_be_told(rq, may_bool(rq, keys[i], &yes));
	}
	must_be_told(rq, want_target(rq, &t));
	must_be_told(rq, want_entry(rq, &v, &v));
}

static void
read_forms(const struct req *rq)
{
	char why[200];
	struct form f;

	for (size_t i = 0; i < TABLES; i++) {
		const struct dialect *mine = dialect_load(tables[i], why, sizeof(why));

		MUST(mine != NULL);
		for (int shown = 0; shown < 2; shown++) {
			enum fit fit = form_find(rq, mine, shown, &f);

			MUST(fit == UNFIT || (f.wish < W_COUNT && f.dialect != NULL));
			MUST(fit != FIT || !shown || f.dialect == mine);
			MUST(fit != FIT || mine->guess || f.wish == W_LOGOUT || has(rq, dialect_field(rq, f.dialect->row[f.wish].field[1])));
		}
	}
	form_of_whom(rq);
	dialect_key(rq);
}

/* What is taken for an acknowledgement at a glance is one. */
static void
must_be_acked(struct req *rq, const char *s, size_t n)
{
	int64_t conv, seq, v;
	const char *op;

	if (!ack_line(s, n, &conv, &seq))
		return;
	MUST(want_str(rq, "op", 3, 3, &op) == E_OK && strcmp(op, "ack") == 0 && !has(rq, "rid"));
	MUST(want_int(rq, "conv", 0, INT64_C(1) << 53, &v) == E_OK && v == conv);
	MUST(want_int(rq, "seq", 0, INT64_C(1) << 53, &v) == E_OK && v == seq);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct door door;
	const char *s = (const char *)data;

	door_init(&door);
	while (n > 0) {
		size_t used = 0;

		if (door_scan(&door, s, n, 4096, &used) == DOOR_OBJECT) {
			struct req *rq = request_parse(s + used - door.len, door.len);

			MUST(rq != NULL);
			MUST(strlen(rq->rid) < RID_MAX);
			read_fields(rq);
			read_forms(rq);
			must_be_acked(rq, s + used - door.len, door.len);
			request_free(rq);
		} else if (door.len == 0 && used == 0) {
			break;
		}
		s += used;
		n -= used;
	}
	return 0;
}
