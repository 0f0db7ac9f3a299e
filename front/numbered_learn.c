/* SPDX-License-Identifier: ISC */
#include "front/numbered_learn.h"

#include <json-c/json.h>

#include "db/user.h"
#include "front/numbered_frame.h"
#include "front/numbered_queue.h"
#include "lib/log.h"

void
learn_remember(struct numbered *v, int64_t user)
{
	char letter[2] = {dialect_letter(v->dialect), '\0'};

	if (v->shown && letter[0] != '\0' && v->stored != letter[0] && db_user_dialect(v->session->db, user, letter) == E_OK)
		v->stored = letter[0];
}

void
learn_login(struct numbered *v)
{
	v->stored = v->session->dialect;
	if (!v->shown && (v->stored == 'a' || v->stored == 'c'))
		v->dialect = dialect_of(v->stored);
}

/* A request has shown what this client speaks. Whatever it was given in another dialect it has not understood. */
static void
show_dialect(struct numbered *v, const struct dialect *d)
{
	bool other = v->dialect != d;

	v->dialect = d;
	v->shown = true;
	if (other && session_is_on(v->session))
		queue_again(v);
}

/* Not the form that is spoken here: told once, and logged with what the client's own can be known by. */
static void
tell_unfit(struct numbered *v, struct req *rq)
{
	const char *key = dialect_key(rq), *number = key != NULL ? json_object_to_json_string(json_object_object_get(rq->json, key)) : NULL;
	const struct dialect *here = v->dialect, *theirs = here->guess ? NULL : form_of_whom(rq);
	struct buf b = {0};

	if (v->unfit)
		return;
	v->unfit = true;
	json_object_object_foreach(rq->json, name, value) {
		(void)value;
		if (buf_len(&b) < 200)
			buf_addf(&b, buf_len(&b) > 0 ? ",%.40s" : "%.40s", name);
	}
	log_info("unfit", "addr=%s dialect=%s key=%s number=%s fields=%s", v->peer->addr, here->name, key, number, buf_str(&b));
	buf_cut(&b, 0);
	buf_addf(&b, "this program says what does not fit the dialect \"%s\", which is spoken here%s; whoever runs the server finds it in the log",
	    here->name, v->shown && here->guess ? " because it began with it" : "");
	v->dialect = theirs != NULL ? theirs : here; /* in what it understands: it may abort on anything else */
	frame_tell(v, buf_str(&b));
	v->dialect = here;
	buf_free(&b);
}

enum fit
learn_request(struct numbered *v, struct req *rq, struct form *f)
{
	const struct dialect *b = dialect_of('b');
	enum fit fit = form_find(rq, v->dialect, v->shown, f);

	if (!v->shown && has(rq, b->key)) /* whatever it wants: none of the others has this key */
		show_dialect(v, b);
	if (fit == LACKS && !v->dialect->guess && form_of_whom(rq) != NULL)
		fit = UNFIT;
	if (fit == UNFIT)
		tell_unfit(v, rq);
	else if (fit == FIT && f->certain && !v->shown)
		show_dialect(v, f->dialect);
	else if (fit == FIT)
		v->dialect = f->dialect;
	return fit;
}
