# tap - what the Python tests print: TAP without a plan. What is wrong goes to stderr, too.
import sys

count = 0


def say(good, sentence, why=''):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {sentence}", flush=True)
    if not good:
        print(f'# {sentence}: {why}', file=sys.stderr, flush=True)


def same(got, want, sentence):
    say(got == want, sentence, f'{got!r}, wanted {want!r}')
