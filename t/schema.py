#!/usr/bin/python3
# schema.py FILE.talk… - what servers and clients said in the tests' transcripts (t/Talk.pm), against man/protocol.json.
# Complains about each kind of object that does not fit, once; exit status 1 then. Alone, with --list WHAT: operations, events or errors.
import json, os, re, sys

from jsonschema import Draft202012Validator

protocol = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'man', 'protocol.json')))
TOLD = {'kind', 'state', 'reason', 'role', 'join', 'history', 'error', 'op', 'ev', 'ok'}
known, bad, count = {}, 0, 0


def shape(value, key=None):
    """What decides whether it fits, without the rest: the same shape is looked at once."""
    if isinstance(value, dict):
        return tuple((k, shape(v, k)) for k, v in value.items())
    if isinstance(value, list):
        return tuple(sorted({repr(shape(v)) for v in value}))
    if isinstance(value, str):
        return value if key in TOLD else f'text{min(len(value), 1)}'
    return type(value).__name__ if key not in TOLD else value


def check(object_, where, schema, file):
    global bad, count
    count += 1
    key = where, shape(object_)
    if key in known:
        return
    known[key] = True
    errors = list(Draft202012Validator({**schema, '$defs': protocol['$defs']}).iter_errors(object_))
    if errors:
        bad += 1
        print(f'{file}: {where}: {errors[0].message[:300]}: {json.dumps(object_, ensure_ascii=False)[:600]}')


def parsed(text):
    try:
        got = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return got if isinstance(got, dict) else None


def replied(object_):
    """Whether there is an answer: what is no object has one, too."""
    op = object_.get('op')
    return op != 'pong' and not (op == 'ack' and 'rid' not in object_)


def fits(object_, schema):
    return Draft202012Validator({**schema, '$defs': protocol['$defs']}).is_valid(object_)


def is_another(object_, schema):
    """Whether it is no answer of this kind, but one of another."""
    return not fits(object_, schema) and any(fits(object_, o['reply']) for o in protocol['operations'].values() if o.get('reply'))


def transcript(path):
    asked, sure = [], True  # as long as it is certain which answer belongs to which question
    for line in open(path, errors='replace'):
        m = re.match(r'[\d.]+ ([<>#]) ?(.*)', line)
        if not m:
            if line.strip() and parsed(line) is None:
                sure = False
            elif line.strip():
                asked += [o for o in [parsed(line)] if replied(o)]
            continue
        way, text = m.groups()
        object_ = parsed(text)
        if way == '>':
            sure = sure and object_ is not None
            if object_ is not None and replied(object_):
                asked.append(object_)
        elif way == '<' and object_ is not None and 'ev' in object_:
            ev = protocol['events'].get(object_['ev'], {'not': {}})
            check(object_, f"event {object_['ev']}", ev, path)
        elif way == '<' and object_ is not None and 'ok' in object_:
            request = asked.pop(0) if asked else {}
            if not object_['ok']:
                check(object_, 'error', protocol['$defs']['error'], path)
                sure = sure and object_['error'] != 'bad_json'
                continue
            op = protocol['operations'].get(request.get('op'))
            if sure and op and op.get('reply'):
                if is_another(object_, op['reply']):
                    sure = False  # an earlier question was never answered: its connection ended
                    continue
                check(object_, f"reply to {request['op']}", op['reply'], path)
                check(request, f"request {request['op']}", op['request'], path)
            elif sure:
                check(object_, f"reply to {request}", {'not': {}}, path)


if sys.argv[1] == '--list':
    print('\n'.join(sorted({'operations': protocol['operations'], 'events': protocol['events'],
                            'errors': protocol['$defs']['error']['properties']['error']['enum']}[sys.argv[2]])))
else:
    for path in sys.argv[1:]:
        transcript(path)
    print(f'# {count} objects, {len(known)} shapes, {bad} do not fit')
    sys.exit(bad > 0)
