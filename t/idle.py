#!/usr/bin/python3
# idle.py native|web ADDR N - N devices of the user idle-native or idle-web log in and say nothing; prints what one costs:
# memory (Pss) and page tables of its process, in KB.
import base64, json, os, re, socket, struct, subprocess, sys, time

kind, addr, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
host, port = addr.rsplit(':', 1)


def number(pid, file, *keys):
    return sum(int(line.split()[1]) for line in open(f'/proc/{pid}/{file}') if line.startswith(keys))


def frame(text):
    mask = os.urandom(4)
    body = bytes(b ^ mask[i & 3] for i, b in enumerate(text))
    return b'\x81' + (bytes([0x80 | len(text)]) if len(text) < 126 else struct.pack('>BH', 0xfe, len(text))) + mask + body


def login(i):
    s = socket.create_connection((host, int(port)), 30)
    words = json.dumps({'op': 'login', 'name': f'idle-{kind}', 'password': f'idle-{kind}-password', 'device': f'{kind}{i}'}).encode()
    if kind == 'web':
        s.sendall(b'GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: '
                  + base64.b64encode(os.urandom(16)) + b'\r\n\r\n')
        words = frame(words)
    s.sendall(words + b'\n' if kind == 'native' else words)
    got = b''
    while b'"synced"' not in got:
        piece = s.recv(65536)
        assert piece, got
        got += piece
        if later := re.search(rb'"retry_after_ms":(\d+)', got):
            s.close()
            time.sleep(int(later[1]) / 1000)
            return login(i)
    return s


def cost(pids):
    return sum(number(p, 'smaps_rollup', 'Pss:') + number(p, 'status', 'VmPTE') for p in pids) // n


sockets = [login(i) for i in range(n)]
pids = subprocess.run(['psql', '-XAtqc', f"select pid from chat.session_list where device like '{kind}%'"], check=True, capture_output=True, text=True).stdout.split()
assert len(pids) == n, len(pids)
# What it does not need it gives back after 2 s of quiet: until nothing has changed for longer.
was, since = None, time.monotonic()
while time.monotonic() - since < 4:
    now = cost(pids)
    if now != was:
        was, since = now, time.monotonic()
    time.sleep(0.5)
print(was)
