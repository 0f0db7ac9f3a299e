// SPDX-License-Identifier: ISC
// link - a tab's way to the hub: calls that resolve, events that are heard, and what has to outlive the tab.
import { ChatError, newId } from './chat.js';

const heard = new Map();
const asked = new Map();
let ask = null;
let last = 0;

export const kept = {
	get(key, otherwise = null) {
		try {
			return JSON.parse(localStorage.getItem(key)) ?? otherwise;
		} catch {
			return otherwise;
		}
	},
	set(key, value) {
		try {
			if (value === null) localStorage.removeItem(key);
			else localStorage.setItem(key, JSON.stringify(value));
		} catch {
			// a private window may keep nothing
		}
	},
};

export function on(name, fn) {
	heard.set(name, [...(heard.get(name) ?? []), fn]);
}

function told({ id, value, error, name, detail, outbox, token }) {
	if (id !== undefined) {
		const { resolve, reject } = asked.get(id);
		asked.delete(id);
		if (error) reject(new ChatError(error));
		else resolve(value);
		return;
	}
	if (outbox) kept.set('outbox', outbox);
	if (name === 'session') kept.set('token', token);
	if (name === 'state' && detail.state === 'out') kept.set('token', null);
	for (const fn of heard.get(name) ?? []) fn(detail);
}

export function call(name, ...args) {
	return new Promise((resolve, reject) => {
		asked.set(++last, { resolve, reject });
		ask({ id: last, call: name, args });
	});
}

export const request = (object) => call('request', object);

export async function begin() {
	const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chat`;
	let device = kept.get('device');
	if (!device) kept.set('device', (device = `web-${newId().slice(0, 12)}`));
	if ('SharedWorker' in globalThis) {
		const { port } = new SharedWorker('/hub.js', { type: 'module', name: 'chatd' });
		port.onmessage = ({ data }) => told(data);
		ask = (question) => port.postMessage(question);
	} else {
		const { join } = await import('./hub.js');
		ask = join((answer) => queueMicrotask(() => told(answer)));
	}
	return call('hello', { url, device, token: kept.get('token'), outbox: kept.get('outbox', []) });
}
