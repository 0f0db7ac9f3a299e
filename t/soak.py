#!/usr/bin/python3
# soak.py FROM TO COUNT - by python3-websockets: alice at FROM sends COUNT texts, bob at TO gets them, byte for byte, once, in order.
import asyncio, hashlib, json, random, sys

import websockets

source, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
rnd = random.Random(15)
LETTERS = 'abc é你😀\u202e\n\t"\\/\u0001\u2028אب'
texts = [f'{i} ' + ''.join(rnd.choices(LETTERS, k=rnd.choice((0, 5, 50, 200)))) for i in range(count)]
texts[count // 2] = 'x' * 16384


async def enter(addr, name):
    ws = await websockets.connect(f'ws://{addr}/chat', subprotocols=['chatd.1'], ping_interval=None)
    await ws.send(json.dumps({'op': 'login', 'name': name, 'password': f'{name}-password', 'device': 'soak'}))
    assert json.loads(await ws.recv())['ok']
    while json.loads(await ws.recv()).get('ev') != 'synced':
        pass
    return ws


async def send(ws):
    stored, room = 0, asyncio.Semaphore(100)

    async def replies():
        nonlocal stored
        while stored < count:
            got = json.loads(await ws.recv())
            if 'ok' in got:
                assert got['ok'], got
                stored += 1
                room.release()

    hearing = asyncio.create_task(replies())
    for i, text in enumerate(texts):
        await room.acquire()
        await ws.send(json.dumps({'op': 'send', 'to': 'bob', 'cid': f'soak{i}', 'text': text}, ensure_ascii=i % 2 == 0))
    await hearing


async def main():
    alice, bob = await enter(source, 'alice'), await enter(target, 'bob')
    sending = asyncio.create_task(send(alice))
    got, last = [], 0
    while len(got) < count:
        m = json.loads(await asyncio.wait_for(bob.recv(), 60))
        if m.get('ev') != 'message':
            continue
        assert m['seq'] == last + 1 or not got, (m['seq'], last)
        last = m['seq']
        got.append(m['text'])
        if len(got) % 50 == 0 or len(got) == count:
            await bob.send(json.dumps({'op': 'ack', 'conv': m['conv'], 'seq': last}))
    await sending
    digest = [hashlib.sha256('\0'.join(t).encode()).hexdigest()[:16] for t in (texts, got)]
    print(f'{count} sent, {len(got)} heard, {digest[0]} {digest[1]}')
    sys.exit(got != texts)

asyncio.run(main())
