// SPDX-License-Identifier: ISC
// store - what is known: me, the people, the groups, and each conversation with as much of its past as was looked at.
// A conversation's place is u and the other's id, or g and the group's: it has one before anything was said.
import { call, kept, on, request } from './link.js';

export const store = {
	me: null,
	friends: new Map(), // id -> {id, name, state, mutual}
	asking: [], // who has me on the list, and is not on mine
	groups: new Map(), // id -> {id, name, description, role, …}
	convs: new Map(), // place -> conversation
	typing: new Map(), // place -> {user -> until}
	trouble: new Set(), // database, bus
};
const watchers = [];
let due = new Set();

/** fn(places) after something has changed, once for all that changed together; '' stands for people and groups. */
export const watch = (fn) => watchers.push(fn);

export function changed(place = '') {
	if (due.size === 0)
		queueMicrotask(() => {
			const now = due;
			due = new Set();
			for (const fn of watchers) fn(now);
		});
	due.add(place);
}

export const targetOf = (place) => (place[0] === 'u' ? { to: Number(place.slice(1)) } : { group: Number(place.slice(1)) });

const placeOf = (m) => (m.group ? `g${m.group.id}` : `u${m.from.id === store.me.id ? m.to.id : m.from.id}`);

export function convAt(place, name) {
	let c = store.convs.get(place);
	if (!c) {
		const marks = kept.get(`marks ${place}`, {});
		c = { place, name: name ?? '', conv: null, read: 0, unread: 0, last: null, entries: new Map(), waiting: [] };
		Object.assign(c, { more: true, loaded: false, delivered: marks.delivered ?? 0, seen: marks.seen ?? 0, acked: 0 });
		store.convs.set(place, c);
	}
	if (name) c.name = name;
	return c;
}

export const byConv = (conv) => [...store.convs.values()].find((c) => c.conv === conv);

/** The highest number that is known of it. */
export const highest = (c) => Math.max(0, c.last?.seq ?? 0, ...c.entries.keys());

// What the server says

function learn(c, m) {
	if (m.kind === 'edit' || m.kind === 'delete') {
		const old = c.entries.get(m.ref);
		if (old && m.kind === 'edit') Object.assign(old, { text: m.text, edited_at: m.at });
		else if (old) Object.assign(old, { text: '', deleted_at: m.at });
		if (c.last && c.last.seq === m.ref) Object.assign(c.last, old ?? { text: m.text });
	}
	if (m.kind === 'group') {
		const group = store.groups.get(m.group.id);
		try {
			if (group) Object.assign(group, JSON.parse(m.text));
			c.name = group?.name ?? m.group.name;
		} catch {
			// what is no JSON changes nothing
		}
	}
	c.entries.set(m.seq, m);
}

function message(m) {
	const c = convAt(placeOf(m), m.group?.name ?? (m.from.id === store.me.id ? m.to.name : m.from.name));
	const known = c.entries.has(m.seq);
	c.conv = m.conv;
	if (m.cid) c.waiting = c.waiting.filter((w) => w.cid !== m.cid);
	learn(c, m);
	if (m.kind !== 'edit' && m.kind !== 'delete' && m.seq > (c.last?.seq ?? 0)) c.last = m;
	const news = m.kind === 'text' && m.from.id !== store.me.id && m.seq > c.read && !known && !m.deleted_at;
	if (news) c.unread++;
	store.typing.get(c.place)?.delete(m.from.id);
	changed(c.place);
	if (news) for (const fn of onNews) fn(c, m);
}
export const onNews = [];

const placeOfRequest = (r) => (r.to ? `u${r.to}` : r.group ? `g${r.group}` : byConv(r.conv)?.place);

function queued(r) {
	const c = convAt(placeOfRequest(r));
	if (!c.waiting.some((w) => w.cid === r.cid)) c.waiting.push(r);
	changed(c.place);
}

function sent({ request: r, reply }) {
	const c = convAt(placeOfRequest(r));
	const now = { conv: reply.conv, seq: reply.seq, from: store.me, at: reply.at, cid: r.cid };
	const other = c.place[0] === 'g' ? { group: { id: reply.conv, name: c.name } } : { to: { id: Number(c.place.slice(1)), name: c.name } };
	const kind = r.op === 'send' ? 'text' : r.op;
	message({ ...now, ...other, kind, text: r.text ?? '', ...(r.op === 'send' ? {} : { ref: r.seq }) });
	store.trouble.delete('database');
}

function failed({ request: r, error, message: why }) {
	const c = convAt(placeOfRequest(r));
	c.waiting = c.waiting.map((w) => (w.cid === r.cid ? { ...w, failed: why, error } : w));
	changed(c.place);
}

/** What was refused: sent again as a new one, or forgotten. */
export function retry(c, w) {
	forget(c, w);
	if (w.op === 'send') call('send', targetOf(c.place), w.text);
}
export function forget(c, w) {
	c.waiting = c.waiting.filter((other) => other !== w);
	changed(c.place);
}

function mark(c, key, seq) {
	c[key] = Math.max(c[key], seq);
	kept.set(`marks ${c.place}`, { delivered: c.delivered, seen: c.seen });
	changed(c.place);
}

const EVENTS = {
	message, queued, sent, failed,
	refused: ({ code }) => code === 'unavailable' && trouble('database', true),
	bus: ({ state }) => trouble('bus', state === 'degraded'),
	delivered: (e) => byConv(e.conv) && mark(byConv(e.conv), 'delivered', e.seq),
	read(e) {
		const c = byConv(e.conv);
		if (c && e.user.id !== store.me.id) mark(c, 'seen', e.seq);
		else if (c && e.seq > c.read) Object.assign(c, { read: e.seq, unread: e.seq >= highest(c) ? 0 : c.unread });
		if (c) changed(c.place);
	},
	typing(e) {
		const c = byConv(e.conv);
		if (!c) return;
		if (!store.typing.has(c.place)) store.typing.set(c.place, new Map());
		store.typing.get(c.place).set(e.user.id, { name: e.user.name, until: Date.now() + 6000 });
		changed(c.place);
		setTimeout(() => changed(c.place), 6100);
	},
	presence(e) {
		const friend = store.friends.get(e.user.id);
		if (friend) friend.state = e.state;
		changed();
	},
	friend_request: () => loadFriends(),
	friend_accepted: () => loadFriends(),
	group_joined: () => loadGroups(),
	group_left: () => loadGroups(),
	group_invited: (e) => { store.invited = [...(store.invited ?? []).filter((i) => i.id !== e.group.id), e.group]; changed(); },
	purged({ conv, first }) {
		const c = byConv(conv);
		if (!c) return;
		for (const seq of c.entries.keys()) if (seq < first) c.entries.delete(seq);
		changed(c.place);
	},
	renamed({ user }) {
		const c = store.convs.get(`u${user.id}`);
		const friend = store.friends.get(user.id);
		if (c) c.name = user.name;
		if (friend) friend.name = user.name;
		if (user.id === store.me.id) store.me.name = user.name;
		if (c) changed(c.place);
		changed();
	},
	announce({ text }) {
		store.announced = text;
		changed();
	},
	epoch() {
		for (const c of store.convs.values()) Object.assign(c, { entries: new Map(), loaded: false, more: true });
	},
};

function trouble(what, is) {
	if (is) store.trouble.add(what);
	else store.trouble.delete(what);
	changed();
}

for (const [name, fn] of Object.entries(EVENTS)) on(name, fn);

// What is asked for

const all = async (op, key) => {
	const rows = [];
	let reply = {};
	do {
		reply = await request({ op, ...(reply.next === undefined ? {} : { next: reply.next }) });
		rows.push(...reply[key]);
	} while (reply.more && reply.next !== undefined && rows.length < 2000);
	return [rows, reply];
};

export async function loadFriends() {
	const [friends, reply] = await all('friends', 'friends');
	store.friends = new Map(friends.map((f) => [f.id, f]));
	store.asking = reply.requests;
	changed();
}

export async function loadGroups() {
	const [groups] = await all('groups', 'groups');
	store.groups = new Map(groups.map((g) => [g.id, g]));
	for (const g of groups) Object.assign(convAt(`g${g.id}`, g.name), { conv: g.id });
	changed();
}

/** After each login: messages come by themselves, the rest may have changed meanwhile. */
export async function load(session) {
	store.me = session.user;
	const [convs] = await all('convs', 'convs');
	for (const row of convs) {
		const c = convAt(row.group ? `g${row.group.id}` : `u${row.peer.id}`, (row.group ?? row.peer).name);
		Object.assign(c, { conv: row.conv, read: row.read, unread: row.unread });
		if (row.last && row.last.seq >= (c.last?.seq ?? 0)) c.last = row.last;
	}
	await Promise.all([loadFriends(), loadGroups()]);
	for (const c of store.convs.values()) changed(c.place);
}

/** Fifty more of its past. */
export async function older(c) {
	if (c.loading || !c.more) return;
	c.loading = true;
	try {
		const lowest = c.loaded ? Math.min(...c.entries.keys()) : 0;
		const before = lowest > 1 ? { before: lowest } : {};
		const reply = await request({ op: 'history', ...targetOf(c.place), ...before, limit: 50 });
		c.conv = reply.conv ?? c.conv;
		for (const m of reply.messages) if (!c.entries.has(m.seq)) c.entries.set(m.seq, m);
		c.more = reply.more;
		c.loaded = true;
	} finally {
		c.loading = false;
		changed(c.place);
	}
}

export function readTo(c, seq) {
	if (!c.conv || seq <= c.read) return;
	c.read = seq;
	c.unread = 0;
	request({ op: 'read', conv: c.conv, seq }).catch(() => {});
	changed(c.place);
}
