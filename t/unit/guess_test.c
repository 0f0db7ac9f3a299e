/* SPDX-License-Identifier: ISC */
/* Guessing and spending, by a clock of our own: what makes whom wait, and for how long. */
#define clock_ms test_ms
#include "session/memo.c"
#include "session/guess.c"
#include "session/budget.c"
#undef clock_ms
#include "t/unit/tap.h"

static int64_t now = 1000000;

int64_t
test_ms(void)
{
	return now;
}

static bool
waits(uint64_t account, uint64_t source, bool known, int64_t ms)
{
	int64_t got = guess_wait(account, source, known);

	if (got != ms)
		printf("# %lld ms, not %lld\n", (long long)got, (long long)ms);
	return got == ms;
}

/* So often in a row, each as soon as it is allowed. Returns how long that took, in ms. */
static int64_t
guesses(uint64_t account, uint64_t source, bool known, int n)
{
	int64_t begun = now;

	while (n-- > 0) {
		now += guess_wait(account, source, known);
		guess_failed(account, source);
		if (!known)
			guess_failed_abroad(account);
	}
	return now - begun;
}

static void
one_account_from_one_source(void)
{
	is_int(guesses(1, 100, true, 4), 0, "four mistakes cost nothing yet");
	ok(waits(1, 100, true, 1000), "but after the fourth there is a second to wait");
	now += 999;
	ok(waits(1, 100, true, 1), "all of it");
	now += 1;
	guess_failed(1, 100);
	ok(waits(1, 100, true, 2000), "then two");
	ok(waits(1, 101, true, 0) && waits(2, 100, true, 0), "neither from elsewhere, nor for another account");
	guesses(1, 100, true, 20);
	ok(waits(1, 100, true, 300000), "never more than five minutes");
	ok(guesses(1, 100, true, 288) > INT64_C(23) * 3600 * 1000, "which is not 300 guesses a day");
	now += guess_wait(1, 100, true);
	guess_succeeded(1, 100);
	is_int(guesses(1, 100, true, 4), 0, "the right one ends it");
	guesses(1, 100, true, 10);
	now += 3600 * 1000;
	is_int(guesses(1, 100, true, 4), 0, "so does an hour");
}

static void
one_account_from_many(void)
{
	for (uint64_t source = 200; source < 260; source++)
		guesses(3, source, false, 1);
	ok(guess_is_doubtful(3), "when many sources guess, it matters who is known");
	ok(guess_wait(3, 999, false) > 50000, "all that are not known wait together");
	ok(waits(3, 999, true, 0), "those that are do not");
	ok(waits(4, 999, false, 0), "nor those who want another account");
	now += 60000;
	ok(waits(3, 999, false, 0), "never for more than a minute");
}

static void
what_was_told(void)
{
	guess_tell(8, 700, 0);
	is_int(guess_told(8, 700), 0, "who need not wait is not told to");
	guess_tell(8, 700, 5000);
	is_int(guess_told(8, 700), 5000, "who has to is told again");
	ok(guess_told(8, 701) == 0 && guess_told(9, 700) == 0, "that one alone");
	now += 5000;
	is_int(guess_told(8, 700), 0, "as long as it holds");
}

static void
one_source(void)
{
	for (uint64_t account = 1000; account < 1020; account++)
		guess_failed(account, 300);
	ok(waits(5, 300, true, 0), "mistakes about 20 accounts are an office's");
	guesses(1000, 300, true, 3);
	ok(waits(5, 300, true, 0), "however many one of them makes");
	guess_failed(1020, 300);
	ok(waits(5, 300, true, 1000), "about 21 they are not: all wait, for whatever account");
	now += 1000;
	guess_failed(1001, 300);
	ok(waits(5, 300, true, 2000), "and longer with each mistake");
	ok(waits(5, 301, true, 0), "from there only");
	now += 10 * 60 * 1000;
	for (uint64_t account = 2000; account < 2020; account++)
		guess_failed(account, 300);
	ok(waits(5, 300, true, 0), "after ten minutes it begins anew");
	now += 10 * 60 * 1000 + 1;
	for (uint64_t account = 3000; account < 3030; account++, now += 60 * 1000)
		guess_failed(account, 302);
	ok(waits(5, 302, true, 0), "and one mistake a minute is none too many");
}

static void
a_full_table(void)
{
	int64_t wait;

	guesses(6, 400, true, 20);
	wait = guess_wait(6, 400, true);
	for (uint64_t i = 0; i < BUCKETS * ROWS * 2; i++)
		guess_failed(10000 + i, 500 + i);
	ok(guess_wait(6, 400, true) <= wait, "a table that was filled twice still answers");
}

/* Two processes that make a row at the same moment may both have it. */
static void
a_row_mixed_up(void)
{
	struct memo *row = memo_find('b', 600, 0);
	int64_t wait;

	one_more(row, &of_pair);
	ok(budget_due(&row->until, &rate_source) == 0, "what is remembered of a guess is no debt");
	ok(budget_take(&row->until, &rate_source, rate_source.burst, &wait), "all is there to be spent");
	ok(!budget_take(&row->until, &rate_source, 1, &wait) && wait < 10, "and no more");
	budget_charge(&row->until, &rate_source, rate_source.burst);
	ok(budget_due(&row->until, &rate_source) == now + rate_source.burst * 3 / 4 * rate_source.us / 1000 + 1, "a debt is one");
}

static void
names(void)
{
	ok(guess_account(7, "x") == 7, "an account is known by its id");
	ok(guess_account(0, "nobody") == guess_account(0, "Nobody") && guess_account(0, "nobody") != guess_account(0, "nobody2"),
	    "one that is none by its name");
}

int
main(void)
{
	memo_map();
	one_account_from_one_source();
	one_account_from_many();
	what_was_told();
	one_source();
	names();
	a_full_table();
	a_row_mixed_up();
	return done_testing();
}
