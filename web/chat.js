// SPDX-License-Identifier: ISC
/**
 * chat - a client of chatd for browsers and for node: connects, comes back by itself, sends until it is stored, and
 * gives out every message once and in order. chatd-protocol(7), IN JAVASCRIPT, says how to use it.
 *
 * @typedef {{id: number, name: string}} Named
 * @typedef {{conv: number, seq: number, kind: string, from: Named, text: string, at: string, to?: Named, group?: Named,
 *	user?: Named, ref?: number, cid?: string, edited_at?: string, deleted_at?: string}} Message
 */

const LATER = new Set(['unavailable', 'rate_limited']);
const SILENT_MS = 75000; // the server asks after 60 s
const ANSWER_MS = 15000;
const SLOWEST_MS = 30000;

export class ChatError extends Error {
	constructor({ error, message, retry_after_ms: retry = 0 }) {
		super(message ?? error);
		this.code = error;
		this.retry = retry;
	}
}

const offline = () => new ChatError({ error: 'offline', message: 'there is no connection' });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');

export class Chat {
	/** outbox: what an earlier one had not sent yet. */
	constructor(url, { WebSocket = globalThis.WebSocket, device = 'default', token = null, outbox = [] } = {}) {
		Object.assign(this, { url, WebSocket, device, token, outbox: [...outbox] });
		this.state = 'idle';
		this.session = null;
		this.listeners = new Map();
		this.pending = new Map(); // rid -> {resolve, reject}
		this.rid = 0;
		this.seen = new Map(); // conv -> the last number given out
		this.early = new Map(); // conv -> what came before its turn
		this.acks = new Map(); // conv -> the number to acknowledge
		this.failures = 0;
	}

	on(name, fn) {
		this.listeners.set(name, [...(this.listeners.get(name) ?? []), fn]);
		return this;
	}

	emit(name, detail) {
		for (const fn of this.listeners.get(name) ?? []) fn(detail);
		for (const fn of this.listeners.get('*') ?? []) fn(name, detail);
	}

	become(state, more = {}) {
		this.state = state;
		this.emit('state', { state, ...more });
	}

	/** Resolves with the session reply. */
	login(name, password) {
		return this.enter([{ op: 'login', name, password, device: this.device }]);
	}

	register(name, password, invite) {
		const words = [{ op: 'register', name, password, ...(invite ? { invite } : {}) }];
		return this.enter([...words, { op: 'login', name, password, device: this.device }]);
	}

	resume(token = this.token) {
		this.token = token;
		return this.enter([{ op: 'resume', token }]);
	}

	/** Ends the login and its token. */
	logout() {
		return this.request({ op: 'logout' }).then(() => this.leave('out'));
	}

	/** Ends the connection, and comes not back by itself. */
	leave(state = 'idle') {
		if (state === 'out') this.token = null;
		this.hangUp();
		this.become(state);
	}

	/** Now, if it waits to come back: the network is there again. */
	wake = () => this.state === 'waiting' && this.connect();

	enter(words) {
		return new Promise((resolve, reject) => {
			this.entrance?.reject(offline());
			this.entrance = { words, resolve, reject };
			this.connect();
		});
	}

	hangUp() {
		clearTimeout(this.timer);
		clearInterval(this.watch);
		const ws = this.ws;
		this.ws = null;
		ws?.close();
		for (const { reject } of this.pending.values()) reject(offline());
		this.pending.clear();
	}

	connect() {
		this.hangUp();
		const ws = new this.WebSocket(this.url, 'chatd.1');
		this.ws = ws;
		this.become('connecting');
		this.timer = setTimeout(() => ws === this.ws && this.lost(), ANSWER_MS);
		ws.onopen = () => ws === this.ws && this.knock();
		ws.onmessage = (event) => ws === this.ws && this.hear(event.data);
		ws.onclose = () => ws === this.ws && this.lost();
		ws.onerror = () => {}; // the close follows
	}

	async knock() {
		const entrance = this.entrance;
		try {
			let reply;
			for (const word of entrance?.words ?? [{ op: 'resume', token: this.token }]) reply = await this.ask(word);
			entrance?.resolve(reply);
		} catch (e) {
			if (e.code === 'offline') return;
			if (LATER.has(e.code) && this.token) return this.lost(e.retry);
			this.leave(e.code === 'bad_credentials' && this.token ? 'out' : 'idle');
			entrance?.reject(e);
		}
		if (this.entrance === entrance) this.entrance = null;
	}

	entered(reply) {
		clearTimeout(this.timer);
		if (this.session && this.session.epoch !== reply.epoch) {
			this.seen.clear();
			this.emit('epoch');
		}
		this.failures = 0;
		this.session = reply;
		this.token = reply.token;
		this.watch = setInterval(() => this.listen(), ANSWER_MS);
		this.become('online');
		this.emit('session', reply);
		this.drain();
	}

	/** A connection that says nothing may have died without a word. */
	listen() {
		const silent = Date.now() - this.heard;
		if (silent > SILENT_MS + ANSWER_MS) this.lost();
		else if (silent > SILENT_MS) this.ask({ op: 'ping' }).catch(() => {});
	}

	lost(after = this.retry ?? 0) {
		this.retry = undefined;
		this.hangUp();
		if (!this.token) {
			this.entrance?.reject(offline());
			this.entrance = null;
			return this.become('idle');
		}
		const wait = Math.max(after, Math.random() * Math.min(SLOWEST_MS, 500 * 2 ** this.failures++));
		this.timer = setTimeout(() => this.connect(), wait);
		this.become('waiting', { retry: Math.round(wait) });
	}

	/** Resolves with the reply, or rejects with a ChatError, whose code is the protocol's or `offline`. */
	request(object) {
		return this.state === 'online' ? this.ask(object) : Promise.reject(offline());
	}

	ask(object) {
		return new Promise((resolve, reject) => {
			const rid = ++this.rid;
			this.pending.set(rid, { resolve, reject });
			this.ws.send(JSON.stringify({ ...object, rid }));
		});
	}

	hear(text) {
		const object = JSON.parse(text);
		this.heard = Date.now();
		if ('ok' in object) this.answered(object);
		else if (object.ev === 'message') this.take(object);
		else if (object.ev === 'ping') this.ws.send('{"op":"pong"}');
		else if (object.ev === 'bye') this.dismissed(object);
		else this.emit(object.ev, object);
	}

	answered(reply) {
		const asked = this.pending.get(reply.rid);
		this.pending.delete(reply.rid);
		if (reply.ok && reply.token) this.entered(reply);
		if (reply.ok) asked?.resolve(reply);
		else asked?.reject(new ChatError(reply));
	}

	dismissed({ reason, retry_after_ms: retry }) {
		this.emit('bye', { reason });
		if (reason === 'replaced') this.leave('replaced');
		else if (reason === 'logged_out') this.leave('out');
		else this.retry = retry; // the close follows
	}

	take(m) {
		const seen = this.seen.get(m.conv);
		if (this.early.has(m.conv)) this.early.get(m.conv).push(m);
		else if (seen !== undefined && m.seq > seen + 1) this.fill(m);
		else this.give(m);
	}

	give(m) {
		const seen = this.seen.get(m.conv) ?? 0;
		if (m.seq > seen) {
			this.reach(m.conv, m.seq);
			this.emit('message', m);
		} else this.reach(m.conv, seen); // again, because the acknowledgement was lost
	}

	/** Asks for what is missing before m. What it may not see stays out, then m is next. */
	async fill(m) {
		this.early.set(m.conv, [m]);
		try {
			let reply;
			do {
				reply = await this.request({ op: 'history', conv: m.conv, after: this.seen.get(m.conv), limit: 200 });
				for (const missing of reply.messages) this.give(missing);
			} while (reply.more && this.seen.get(m.conv) < m.seq - 1);
		} catch (e) {
			this.early.delete(m.conv);
			if (e.code === 'offline') return; // all of it comes again
			if (LATER.has(e.code)) return void setTimeout(() => this.take(m), e.retry || 1000);
			return this.give(m);
		}
		const early = this.early.get(m.conv);
		this.early.delete(m.conv);
		early.forEach((next) => this.take(next));
	}

	reach(conv, seq) {
		this.seen.set(conv, seq);
		if (this.acks.size === 0) setTimeout(() => this.acknowledge(), 30);
		this.acks.set(conv, seq);
	}

	acknowledge() {
		for (const [conv, seq] of this.acks)
			if (this.state === 'online') this.ws.send(JSON.stringify({ op: 'ack', conv, seq }));
		this.acks.clear();
	}

	/** target: {to}, {group} or {conv}. Returns the cid, by which `sent` or `failed` will tell. */
	send(target, text, cid = newId()) {
		return this.post({ op: 'send', ...target, text, cid });
	}

	edit(conv, seq, text, cid = newId()) {
		return this.post({ op: 'edit', conv, seq, text, cid });
	}

	remove(conv, seq, cid = newId()) {
		return this.post({ op: 'delete', conv, seq, cid });
	}

	post(request) {
		this.outbox.push(request);
		this.emit('queued', request);
		this.drain();
		return request.cid;
	}

	/** One after the other, so that they are stored in the order in which they were written. */
	async drain() {
		if (this.draining) return;
		this.draining = true;
		while (this.outbox.length > 0 && this.state === 'online') {
			const request = this.outbox[0];
			try {
				const reply = await this.request(request);
				this.outbox.shift();
				if (this.seen.get(reply.conv) === reply.seq - 1) this.reach(reply.conv, reply.seq);
				this.emit('sent', { request, reply });
			} catch (e) {
				if (e.code === 'offline') break;
				if (LATER.has(e.code)) {
					this.emit('refused', { code: e.code });
					await pause(e.retry || 1000);
					continue;
				}
				this.outbox.shift();
				this.emit('failed', { request, error: e.code, message: e.message });
			}
		}
		this.draining = false;
		if (this.outbox.length > 0 && this.state === 'online') this.drain();
	}
}
