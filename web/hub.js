// SPDX-License-Identifier: ISC
// hub - one connection for all tabs of a browser: a device has one session, so the tabs share it. Runs as a shared
// worker and lives as long as one of them; where there are none, link.js uses the same functions in the tab itself.
import { Chat } from './chat.js';

let chat = null;
const tabs = new Set();

const CALLS = {
	/** The first thing that a tab says. */
	async hello({ url, device, token, outbox }) {
		if (chat === null) {
			chat = new Chat(url, { device, outbox });
			chat.on('*', (name, detail) => {
				const kept = /^(queued|sent|failed)$/.test(name) ? chat.outbox : undefined;
				for (const tell of tabs) tell({ name, detail, outbox: kept, token: chat.token });
			});
		}
		if (chat.state === 'idle' && token) chat.resume(token).catch(() => {});
		return { state: chat.state, session: chat.state === 'online' ? chat.session : null, outbox: chat.outbox };
	},
	login: (name, password) => chat.login(name, password),
	register: (name, password, invite) => chat.register(name, password, invite),
	resume: (token) => chat.resume(token),
	logout: () => chat.logout(),
	wake: () => chat.wake(),
	request: (object) => chat.request(object),
	send: (target, text, cid) => chat.send(target, text, cid),
	edit: (conv, seq, text) => chat.edit(conv, seq, text),
	remove: (conv, seq) => chat.remove(conv, seq),
};

/** A tab: it is told by `tell` what happens, and what it asked for. */
export function join(tell) {
	tabs.add(tell);
	return async ({ id, call, args }) => {
		try {
			tell({ id, value: await CALLS[call](...args) });
		} catch (e) {
			tell({ id, error: { error: e.code ?? 'internal', message: e.message, retry_after_ms: e.retry } });
		}
	};
}

if ('SharedWorkerGlobalScope' in globalThis)
	globalThis.onconnect = ({ ports: [port] }) => {
		const asked = join((answer) => port.postMessage(answer));
		port.onmessage = ({ data }) => asked(data);
	};
