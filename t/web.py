#!/usr/bin/python3
# web.py NODE PROXY WEB LOG - a browser's connection, byte by byte and by a client that nobody here wrote. Prints TAP without a plan.
# NODE: HOST:PORT of a node that lets https://chat.example in; PROXY, WEB: of nginx, by TCP and by HTTP.
import asyncio, base64, json, os, socket, struct, sys, traceback

import websockets

from tap import same, say

node, proxy, web = sys.argv[1:4]


# HTTP

def connect(addr):
    host, port = addr.rsplit(':', 1)
    s = socket.create_connection((host, int(port)), 10)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def till_end(s):
    got = b''
    while piece := s.recv(65536):
        got += piece
    return got


def answer(bytes_, addr=node):
    """Status, headers, body of the last answer on a connection of its own."""
    with connect(addr) as s:
        s.sendall(bytes_)
        return parsed(till_end(s))


def parsed(got):
    head, _, body = got.partition(b'\r\n\r\n')
    first, *rest = head.decode().split('\r\n')
    return int((first + ' 0 0').split()[1]), {k.lower(): v for k, v in (line.split(': ', 1) for line in rest)}, body


def get(path, *headers, method='GET', version='1.1', addr=node):
    lines = [f'{method} {path} HTTP/{version}', 'Host: x', 'Connection: close', *headers]
    return answer('\r\n'.join([*lines, '', '']).encode(), addr)


def http():
    status, headers, body = get('/')
    same((status, headers['content-type']), (200, 'text/html; charset=utf-8'), 'the page is there')
    say(body == open('web/index.html', 'rb').read(), 'as it is in web/')
    same(headers['content-length'], str(len(body)), 'with its length')
    for name, value in (('x-content-type-options', 'nosniff'), ('referrer-policy', 'no-referrer'), ('cache-control', 'no-cache')):
        same(headers.get(name), value, f'and {name}')
    say("default-src 'none'; script-src 'self'" in headers['content-security-policy'], 'nothing but our own files may run')
    same(get('/', f'If-None-Match: {headers["etag"]}')[0::2], (304, b''), 'who has it is not given it again')
    same(get('/', 'If-None-Match: "other"')[0], 200, 'who has another one is')
    status, packed, body = get('/', 'Accept-Encoding: br, gzip')
    import gzip
    same((packed.get('content-encoding'), gzip.decompress(body)), ('gzip', open('web/index.html', 'rb').read()), 'packed where that is wanted')
    status, headers, body = get('/', method='HEAD')
    same((status, body, int(headers['content-length']) > 0), (200, b'', True), 'HEAD is answered without it')
    for path in ('/app.js', '/chat.js', '/app.css', '/icon.svg', '/manifest.webmanifest'):
        say(not os.path.exists('web' + path) or get(path)[2] == open('web' + path, 'rb').read(), f'{path} is there')
    for path in ('/nothing', '/../etc/passwd', '//', '/index.html', '/?', '*', 'http://x/', '/chat/'):
        same(get(path)[0], 404, f'{path} is not')
    for method in ('POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT'):
        status, headers, body = get('/', method=method)
        same((status, headers.get('allow')), (405, 'GET, HEAD'), f'{method} is not allowed')
    same(answer(b'GET / HTTP/1.1\r\n\r\n')[0], 400, 'without a host it is a bad request')
    same(get('/', 'Host: y')[0], 400, 'with two as well')
    same(get('/', 'Content-Length: 5')[0], 400, 'and with a body')
    same(answer(b'GET / HTTP/1.1\nHost: x\n\n')[0], 400, 'or with other ends of lines')
    same(answer(b'GET / HTTP/1.1\r\nX: ' + b'x' * 8200)[0], 431, 'a head without end is too large')
    same(get('/', version='1.0')[0], 200, 'HTTP/1.0 is understood')
    with connect(node) as s:
        s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\n\r\n')
        got = till_end(s)
        same((got.count(b'HTTP/1.1 200'), got.count(b'HTTP/1.1 404')), (2, 1), 'several requests go on one connection')
    with connect(node) as s:
        for byte in b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n':
            s.sendall(bytes([byte]))
        same(parsed(till_end(s))[0], 200, 'a request may come byte by byte')
    for addr, name in ((proxy, 'by TCP'), (web, 'by HTTP')):
        same(get('/', addr=addr)[2], open('web/index.html', 'rb').read(), f'through nginx {name} it is the same page')


# Upgrade

KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
ASK = {'Host': 'x', 'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Key': KEY, 'Sec-WebSocket-Version': '13'}


def ask(more=None, method='GET', version='1.1', **change):
    fields = {**ASK, **(more or {})}
    lines = [f'{method} /chat HTTP/{version}'] + [f'{k}: {v}' for k, v in fields.items() if v is not None]
    return '\r\n'.join([*lines, '', '']).encode()


def refused(more, status, sentence, **how):
    got = answer(ask(more, **how))
    same(got[0], status, sentence)
    return got


def upgrade():
    status, headers, _ = refused({'Sec-WebSocket-Version': '8'}, 426, 'another version is told which one is wanted')
    same(headers['sec-websocket-version'], '13', 'so')
    refused({'Upgrade': None}, 426, 'without an upgrade there is nothing here')
    refused({'Connection': 'close'}, 426, 'nor without saying so to the next hop')
    refused({}, 426, 'nor in HTTP/1.0', version='1.0')
    refused({'Sec-WebSocket-Key': 'short'}, 400, 'the key has to be one')
    refused({'Sec-WebSocket-Key': None}, 400, 'and there')
    refused({}, 400, 'HEAD upgrades nothing', method='HEAD')
    refused({'Origin': 'https://evil.example'}, 403, "another page's scripts may not connect")
    refused({'Origin': 'null'}, 403, 'nor those of none')
    refused({'Origin': 'http://x.evil.example'}, 403, 'nor those of one that begins like ours')
    refused({'Origin': 'http://evilx'}, 403, 'or ends like it')
    for origin in ('http://x', 'https://X', 'https://chat.example'):
        with Raw({'Origin': origin}) as r:
            same(r.status, 101, f'{origin} may')
    with Raw({'Sec-WebSocket-Protocol': 'mqtt, chatd.1'}) as r:
        same((r.status, r.headers.get('sec-websocket-protocol'), r.headers['sec-websocket-accept']),
             (101, 'chatd.1', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='), 'the protocol that is offered is spoken')
    with Raw({'Sec-WebSocket-Protocol': 'mqtt'}) as r:
        same((r.status, r.headers.get('sec-websocket-protocol')), (101, None), 'another one is not')
    with Raw(slowly=True) as r:
        r.text('{"op":"ping"}', slowly=True)
        say(r.reply()['ok'], 'all of it may come byte by byte')


# Frames

class Raw:
    def __init__(self, more=None, addr=node, slowly=False):
        self.s, self.got = connect(addr), b''
        self.send(ask(more), slowly)
        while b'\r\n\r\n' not in self.got:
            self.more()
        head, _, self.got = self.got.partition(b'\r\n\r\n')
        self.status, self.headers, _ = parsed(head)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.close()

    def more(self):
        piece = self.s.recv(65536)
        if not piece:
            raise EOFError
        self.got += piece

    def send(self, bytes_, slowly=False):
        for piece in ([bytes([b]) for b in bytes_] if slowly else [bytes_]):
            self.s.sendall(piece)

    def frame(self, first, payload=b'', masked=0x80, slowly=False):
        n = len(payload)
        size = bytes([masked | n]) if n < 126 else struct.pack('>BH', masked | 126, n) if n < 65536 else struct.pack('>BQ', masked | 127, n)
        mask = os.urandom(4)
        if masked:
            payload = mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload))
        self.send(bytes([first]) + size + payload, slowly)

    def text(self, text, slowly=False):
        self.frame(0x81, text.encode(), slowly=slowly)

    def read(self):
        """(opcode, payload) of the next frame, which has to be whole and without a mask."""
        def need(n):
            while len(self.got) < n:
                self.more()
        need(2)
        n, at = self.got[1], 2
        assert self.got[0] & 0xf0 == 0x80 and n < 128
        if n == 126:
            need(4)
            n, at = struct.unpack('>H', self.got[2:4])[0], 4
        elif n == 127:
            need(10)
            n, at = struct.unpack('>Q', self.got[2:10])[0], 10
        need(at + n)
        frame = self.got[0] & 15, self.got[at:at + n]
        self.got = self.got[at + n:]
        return frame

    def reply(self):
        op, payload = self.read()
        assert op == 1 and b'\n' not in payload, (op, payload)
        return json.loads(payload)

    def end(self):
        """The code of the close frame, after which nothing comes."""
        while True:
            op, payload = self.read()
            if op == 8:
                break
        try:
            self.more()
            return 'more'
        except EOFError:
            return struct.unpack('>H', payload[:2])[0]


def ends(code, sentence, *frames):
    with Raw() as r:
        for first, payload, *masked in frames:
            r.frame(first, payload, *masked)
        try:
            got = r.end()
        except (EOFError, OSError) as e:
            got = repr(e)
        same(got, code, sentence)


def echo(n, sentence, fragment=None):
    """A ping of n bytes, whole or in fragments, comes back with its number."""
    with Raw() as r:
        object_ = b'{"op":"ping","rid":"%d"}' % n
        payload = object_ + b' ' * (n - len(object_)) if n > len(object_) else object_
        size = fragment or len(payload)
        pieces = [payload[i:i + size] for i in range(0, len(payload), size)]
        for i, piece in enumerate(pieces):
            r.frame((0 if i else 1) | (0x80 if i == len(pieces) - 1 else 0), piece)
        same(r.reply().get('rid'), str(n), sentence)


def frames():
    # What the sections of the Autobahn suite ask that fits a server which does not echo and takes texts only.
    for n in (24, 125, 126, 127, 128, 4094):
        echo(n, f'1.1 a text of {n} bytes')
        echo(n, '1.1 and in pieces of 7', 7)
    with Raw() as r:
        r.frame(0x81)
        r.text('{"op":"ping","rid":1}')
        same(r.reply()['rid'], 1, '1.1.1 an empty text is nothing')
    ends(1003, '1.2 bytes are refused', (0x82, b'{"op":"ping"}'))
    with Raw() as r:
        for payload in (b'', b'Hello', b'\x00\xff\xfe', b'x' * 125):
            r.frame(0x89, payload)
            same(r.read(), (10, payload), f'2.1 a ping of {len(payload)} bytes comes back')
        r.frame(0x8a, b'unasked')
        for i in range(10):
            r.frame(0x89, b'%d' % i)
        same([r.read() for i in range(10)], [(10, b'%d' % i) for i in range(10)], '2.7 a pong is nothing, ten pings are ten')
    ends(1002, '2.5 a ping of 126 bytes is refused', (0x89, b'x' * 126))
    for rsv in (0x40, 0x20, 0x10, 0x70):
        ends(1002, f'3 reserved bits {rsv:02x} are refused', (0x81 | rsv, b'{"op":"ping"}'))
    for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        ends(1002, f'4 opcode {op} is refused', (0x80 | op, b''))
    ends(1002, '5.1 a ping in fragments', (0x09, b'a'), (0x80, b'b'))
    ends(1002, '5.10 a continuation of nothing', (0x80, b'a'))
    ends(1002, '5.18 a text within a text', (0x01, b'a'), (0x81, b'b'))
    with Raw() as r:
        r.frame(0x01, b'{"op":"ping",')
        r.frame(0x89, b'now')
        same(r.read(), (10, b'now'), '5.6 a ping between fragments comes back at once')
        r.frame(0x00, b'')
        r.frame(0x80, b'"rid":5}')
        same(r.reply()['rid'], 5, 'and the text when it is whole')
    for text in ('κόσμε', '你好', '😀', '\ufffe', '\U0010ffff'):
        with Raw() as r:
            r.text(json.dumps({'op': 'ping', 'rid': text}, ensure_ascii=False))
            same(r.reply().get('rid'), text, f'6 U+{ord(text[0]):04X}…')
    for bad in (b'\xce\xba\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xc0\xaf', b'\xff', b'\x80', b'\xe0\x80\xaf', b'\xe4\xbd'):
        ends(1007, f'6 {bad.hex()} is not UTF-8', (0x81, bad))
    ends(1007, '6 nor in two fragments', (0x01, b'\xe4\xbd'), (0x80, b'x'))
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        ends(code, f'7.7 a close with {code} is answered with it', (0x88, struct.pack('>H', code) + b'why'))
    ends(1000, '7.3 one without as well', (0x88, b''))
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        ends(1002, f'7.9 one with {code} is wrong', (0x88, struct.pack('>H', code)))
    ends(1002, '7.3 one of one byte', (0x88, b'x'))
    ends(1007, '7.5 one whose words are not UTF-8', (0x88, b'\x03\xe8\xff'))
    ends(1000, '7.1 what comes behind a close is not looked at', (0x88, b'\x03\xe8'), (0x81, b'{"op":"ping"}'), (0x89, b''))
    ends(1009, '9 a text above the limit before login', (0x81, b'{"op":"ping"' + b' ' * 4096 + b'}'))
    ends(1009, '9 in fragments, too', *[(0x01 if i == 0 else 0x00, b' ' * 100) for i in range(50)])
    ends(1002, 'a client that masks nothing', (0x81, b'{"op":"ping"}', 0))


# The protocol inside

def protocol():
    with Raw() as r:
        for text, error in (('{', 'bad_json'), ('{"op":"ping"', 'bad_json'), ('}', 'bad_json'), ('hello', 'bad_json'), ('{"op":"ping","x":"', 'bad_json'),
                            ('{"op":"nonsense"}', 'unknown_op'), ('{"op":"send"}', 'not_logged_in')):
            r.text(text)
            r.text('{"op":"ping","rid":"next"}')
            got = r.reply()
            same((got.get('error'), r.reply().get('rid')), (error, 'next'), f'{text} is {error}, and the next frame is another object')
    with Raw() as r:
        for _ in range(10):
            r.text('nonsense')
        bye = [r.reply() for _ in range(11)][-1]
        same((bye.get('ev'), bye.get('reason'), r.end()), ('bye', 'abuse', 1008), 'ten in a row end it, with the reason')
    with Raw() as r:
        r.text('{"op":"login","name":"alice","password":"alice-password"}')
        r.text('{"op":"ping","rid":"' + 'x' * 64 + '","y":"' + 'y' * 60000 + '"}')
        while (got := r.reply()).get('rid') is None:
            assert got.get('ok', True), got
        same(len(got['rid']), 64, 'who has logged in may send larger ones, also right behind the login')
    with Raw() as r:
        r.text('{"op":"login","name":"alice","password":"alice-password"}')
        while r.reply().get('ev') != 'synced':
            pass
        for i in range(3):
            r.text(json.dumps({'op': 'send', 'to': 'bob', 'cid': f'p{i}', 'rid': i, 'text': f'{i}'}))
        r.frame(0x88, b'\x03\xe8')
        got = [r.reply()['rid'] for i in range(3)]
        same((got, r.end()), ([0, 1, 2], 1000), 'what was asked before a close is answered before it')


async def hear(ws, want):
    while True:
        object_ = json.loads(await asyncio.wait_for(ws.recv(), 10))
        if all(object_.get(k) == v for k, v in want.items()):
            return object_


async def ask_ws(ws, **request):
    await ws.send(json.dumps({**request, 'rid': 'r'}))
    return await hear(ws, {'rid': 'r'})


async def clients():
    """python3-websockets, on both sides of nginx, in both ways."""
    async with websockets.connect(f'ws://{proxy}/chat', subprotocols=['chatd.1']) as alice, \
            websockets.connect(f'ws://{web}/chat', subprotocols=['chatd.1']) as bob:
        same(alice.subprotocol, 'chatd.1', 'websockets speaks chatd.1')
        for ws, name in ((alice, 'alice'), (bob, 'bob')):
            got = await ask_ws(ws, op='login', name=name, password=f'{name}-password', device='web')
            say(got['ok'], f'{name} logs in', got)
            await hear(ws, {'ev': 'synced'})
        text = 'hi 你好 😀 \u202e <img src=x onerror=alert(1)>' + 'x' * 16000
        sent = await ask_ws(alice, op='send', to='bob', cid='ws1', text=text)
        say(sent['ok'], 'alice sends 16 KB', sent)
        got = await hear(bob, {'ev': 'message', 'seq': sent['seq']})
        same(got['text'], text, 'bob has them as they were, on the other side')
        await (await bob.ping(b'still there?'))
        say(True, "websockets' own pings are answered")
        for i in range(300):
            await alice.send(json.dumps({'op': 'send', 'to': 'bob', 'cid': f'm{i}', 'text': f'number {i}'}))
        seqs = []
        while len(seqs) < 300:
            got = await hear(bob, {'ev': 'message'})
            seqs.append(got['seq'])
            await bob.send(json.dumps({'op': 'ack', 'conv': got['conv'], 'seq': got['seq']}))
        same(seqs, list(range(sent['seq'] + 1, sent['seq'] + 301)), '300 sent at once come once and in order')
        async with websockets.connect(f'ws://{node}/chat') as again:
            await ask_ws(again, op='login', name='bob', password='bob-password', device='web')
            got = await hear(bob, {'ev': 'bye'})
            same(got['reason'], 'replaced', 'a second login of the device ends the first')
            await asyncio.wait_for(bob.wait_closed(), 10)
            same((bob.close_code, bob.close_reason), (1000, 'replaced'), 'by a close with the reason as its text')


def forwarded():
    """A proxy of ours tells whose connection it is; nobody else is believed."""
    with Raw({'X-Forwarded-For': '198.51.100.1, 203.0.113.7'}) as r:
        r.text('{"op":"login","name":"carol","password":"carol-password"}')
        say(r.reply()['ok'], 'carol comes through a proxy')
        print('# carol is in', flush=True)
        sys.stdin.readline()


def logs_in(addr, name, password):
    with Raw({'X-Forwarded-For': addr}) as r:
        r.text(json.dumps({'op': 'login', 'name': name, 'password': password}))
        return r.reply().get('error', 'ok')


def guesser():
    """Who guesses or spends behind a proxy of ours is one of its clients, and not all of them."""
    for i in range(21):
        same(logs_in('203.0.113.66', f'nobody{i}', 'wrong-password'), 'bad_credentials', f'guess {i} is answered')
    same(logs_in('203.0.113.66', 'carol', 'carol-password'), 'rate_limited', 'who guesses is made to wait')
    same(logs_in('203.0.113.77', 'carol', 'carol-password'), 'ok', 'others behind the same proxy are not')
    errors = set()
    for _ in range(10):
        with Raw({'X-Forwarded-For': '203.0.113.88'}) as r:
            for _ in range(700):
                r.text('{"op":"hello"}')
            errors |= {r.reply().get('error') for _ in range(700)}
    say('rate_limited' in errors, 'who spends all that an address has is made to wait')
    same(logs_in('203.0.113.77', 'carol', 'carol-password'), 'ok', 'others have theirs')


try:
    if sys.argv[4:] == ['guesser']:
        guesser()
    elif len(sys.argv) > 4:
        forwarded()
    else:
        http()
        upgrade()
        frames()
        protocol()
        asyncio.run(clients())
except Exception:
    traceback.print_exc()
    say(False, 'it comes to its end')
