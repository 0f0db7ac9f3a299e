// soak.mjs FROM TO COUNT - by web/chat.js in node, with the package ws: as soak.py, and alice's connections are cut meanwhile.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { Chat } from '../web/chat.js';

const WebSocket = createRequire(process.env.WS_FROM ?? import.meta.url)('ws');
const [from, to, n] = process.argv.slice(2);
const count = Number(n);
const letters = [...'abc é你😀\u202e\n\t"\\/\u0001\u2028אب'];
let seed = 15;
const dice = (k) => (seed = (seed * 1103515245 + 12345) % 2147483648) % k;
const texts = Array.from({ length: count }, (_, i) => `${i} ${Array.from({ length: [0, 5, 50, 200][dice(4)] }, () => letters[dice(letters.length)]).join('')}`);
const alice = new Chat(`ws://${from}/chat`, { WebSocket, device: 'node' });
const bob = new Chat(`ws://${to}/chat`, { WebSocket, device: 'node' });
const got = [];
let last = 0;
let cuts = 0;
const hash = (list) => createHash('sha256').update(list.join('\0')).digest('hex').slice(0, 16);
const end = (why) => {
	console.log(`${count} sent, ${got.length} heard, ${cuts} cut, ${hash(texts)} ${hash(got)}${why}`);
	process.exit(why || hash(texts) !== hash(got) ? 1 : 0);
};
bob.on('message', (m) => {
	if (last && m.seq !== last + 1) end(`: ${m.seq} after ${last}`);
	last = m.seq;
	if (m.from.name === 'alice') got.push(m.text);
	if (got.length % 1000 === 500) {
		cuts++;
		(cuts % 2 ? alice : bob).ws?.terminate();
	}
	if (got.length === count) setTimeout(end, 300, '');
});
alice.on('failed', ({ message }) => end(`: ${message}`));
await Promise.all([alice.login('alice', 'alice-password'), bob.login('bob', 'bob-password')]);
for (const text of texts) alice.send({ to: 'bob' }, text.trim() ? text : 'x');
setTimeout(end, 300000, ': too slow');
