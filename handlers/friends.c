/* SPDX-License-Identifier: ISC */
/*
 * friends - my list, and who would like to be on it.
 *
 *	{"op":"friends","limit":100,"next":"…"}
 *	{"ok":true,"friends":[{"id":8,"name":"bob","state":"online","mutual":true}],"requests":[{"id":9,"name":"carol"}],"more":false}
 */
#include "db/friend.h"
#include "handlers/ops.h"
#include "handlers/show.h"

enum error
op_friends(struct session *s, struct req *rq)
{
	struct page p, requests;
	enum error e;

	/* Two lists, of which each has one half of the keys: the last friend, the last request. */
	if ((e = want_page(rq, &p, PAGE_MAX, PAGE_MAX)) != E_OK)
		return e;
	requests = p;
	if ((e = db_friend_list(s->db, s->user, p.at[0], (int)p.limit + 1)) != E_OK)
		return e;
	p.end = REPLY_MAX * 2 / 3;
	show_friends(s, &rq->body, &p);
	if ((e = db_friend_requests(s->db, s->user, requests.at[1], (int)p.limit + 1)) != E_OK)
		return e;
	requests.at[0] = requests.at[1];
	show_people(s, &rq->body, "requests", &requests);
	p.at[1] = requests.at[0];
	if (requests.more)
		jw_bool(&rq->body, "requests_more", true);
	p.more = p.more || requests.more;
	page_end(&p, &rq->body);
	return E_OK;
}
