// SPDX-License-Identifier: ISC
// list - the conversations beside the talk, and what is found by typing.
import { $, arrange, bdi, face, h } from './dom.js';
import { request } from './link.js';
import { convAt, loadFriends, loadGroups, store } from './store.js';
import { moment, t } from './words.js';

let open = null; // opens a place
let current = null;
let found = { text: '', groups: null, messages: null };

export function begin(opener) {
	open = opener;
	let timer;
	$('find').addEventListener('input', () => {
		found = { text: $('find').value.trim(), groups: null, messages: null };
		clearTimeout(timer);
		timer = setTimeout(look, 300);
		show();
	});
	$('find').addEventListener('keydown', (e) => {
		if (e.key === 'Escape') clear();
		if (e.key === 'Enter') $('people').querySelector('button')?.click();
	});
	$('people').addEventListener('keydown', (e) => {
		const buttons = [...$('people').querySelectorAll('button')];
		const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
		if (!step) return;
		e.preventDefault();
		buttons[buttons.indexOf(document.activeElement) + step]?.focus();
	});
}

function clear() {
	$('find').value = '';
	found = { text: '' };
	show();
}

async function look() {
	const { text } = found;
	if (!text) return;
	const { groups } = await request({ op: 'group_find', text, limit: 20 }).catch(() => ({ groups: [] }));
	if (found.text !== text) return;
	found.groups = groups.filter((g) => !store.groups.has(g.id));
	show();
}

async function lookIntoTexts() {
	const { text } = found;
	const { messages } = await request({ op: 'search', text, limit: 50 }).catch((e) => ({ messages: [], why: e.message }));
	if (found.text !== text) return;
	found.messages = messages;
	show();
}

export function stateOf(place) {
	return place[0] === 'u' ? store.friends.get(Number(place.slice(1)))?.state : undefined;
}

const matches = (name) => !found.text || name.toLowerCase().includes(found.text.toLowerCase());

export function summary(m) {
	if (!m) return '';
	if (m.kind && m.kind !== 'text') return { join: '→', leave: '←', kick: '✕', role: '★', group: '✎' }[m.kind] ?? '';
	if (m.deleted_at) return t('deleted');
	return m.text;
}

function row(c) {
	const kind = c.place[0] === 'g' ? 'group' : 'direct';
	const state = stateOf(c.place);
	const last = c.waiting.findLast((w) => w.op === 'send') ?? c.last;
	const mine = c.last?.from?.id === store.me.id || c.waiting.length > 0;
	const here = c.place === current;
	const draft = $('talk').hidden || !here ? c.draft : '';
	const make = () => h('li', {}, h('button', { class: 'row', 'data-role': 'open', 'aria-current': here ? 'true' : null, onclick: () => open(c.place) },
		face(c.name, kind, state),
		h('span', { class: 'what' }, h('span', { class: 'who' }, bdi(c.name), state === 'online' && h('span', { class: 'unseen' }, `, ${t('online')}`)),
			h('span', { class: 'last', dir: 'auto' }, draft ? `✎ ${draft}` : (mine ? `${t('you')}: ` : '') + summary(last).slice(0, 120))),
		h('span', { class: 'when' }, c.last ? h('time', { datetime: c.last.at }, moment(c.last.at)) : '',
			c.unread > 0 && h('span', { class: 'count' }, h('span', { 'aria-hidden': 'true' }, String(c.unread)), h('span', { class: 'unseen' }, t('unread', { n: c.unread }))))));
	return [c.place, JSON.stringify([c.name, state, summary(last), c.last?.at, c.unread, here, draft, mine]), make];
}

const heading = (words) => [`heading ${words}`, '', () => h('li', { class: 'heading' }, h('h2', {}, words))];

const simple = (key, before, name, button, fn) => [key, `${name}${button}`, () => h('li', {}, h('button', { class: 'row', 'data-role': key, onclick: fn },
	before, h('span', { class: 'what' }, h('span', { class: 'who' }, bdi(name)), h('span', { class: 'last' }, button))))];

async function befriend(user) {
	try {
		const { friend } = await request({ op: 'friend_add', user });
		await loadFriends();
		convAt(`u${friend.id}`, friend.name);
		clear();
		open(`u${friend.id}`);
	} catch (e) {
		found.wrong = e.message;
		show();
	}
}

export async function joinGroup(group) {
	try {
		const { group: joined } = await request({ op: 'group_join', group: group.id });
		store.invited = (store.invited ?? []).filter((g) => g.id !== group.id);
		await loadGroups();
		clear();
		open(`g${joined.id}`);
	} catch (e) {
		found.wrong = e.message;
		show();
	}
}

function hits() {
	return found.messages.map((m) => {
		const place = m.group ? `g${m.group.id}` : `u${m.from.id === store.me.id ? m.to.id : m.from.id}`;
		const name = m.group?.name ?? (m.from.id === store.me.id ? m.to.name : m.from.name);
		return [`hit ${m.conv} ${m.seq}`, m.text, () => h('li', {}, h('button', { class: 'row', 'data-role': 'hit', onclick: () => (convAt(place, name), open(place, m.seq)) },
			h('span', { class: 'what' }, h('span', { class: 'who' }, bdi(name)), h('span', { class: 'last', dir: 'auto' }, m.text.slice(0, 200))),
			h('span', { class: 'when' }, h('time', { datetime: m.at }, moment(m.at)))))];
	});
}

export function show(place = current) {
	current = place;
	const { text } = found;
	const convs = [...store.convs.values()].filter((c) => matches(c.name) && (c.last || c.waiting.length || store.groups.has(Number(c.place.slice(1))) || c.place === current));
	convs.sort((a, b) => (b.last?.at ?? '').localeCompare(a.last?.at ?? '') || a.name.localeCompare(b.name));
	const have = new Set(convs.map((c) => c.place));
	const friends = [...store.friends.values()].filter((f) => matches(f.name) && !have.has(`u${f.id}`));
	const rows = convs.map(row);
	if (!text) {
		const asking = store.asking ?? [];
		if (asking.length) rows.unshift(heading(t('requests')), ...asking.map((u) => simple(`ask ${u.id}`, face(u.name), u.name, t('accept'), () => befriend(u.id))));
		const invited = store.invited ?? [];
		if (invited.length) rows.unshift(heading(t('invited')), ...invited.map((g) => simple(`invited ${g.id}`, face(g.name, 'group'), g.name, t('join'), () => joinGroup(g))));
	}
	if (friends.length) rows.push(heading(t('friends')), ...friends.map((f) => simple(`friend ${f.id}`, face(f.name, 'direct', f.state), f.name, t(f.state ?? 'offline'), () => (convAt(`u${f.id}`, f.name), clear(), open(`u${f.id}`)))));
	if (text) {
		const known = [...convs, ...friends].some((c) => c.name.toLowerCase() === text.toLowerCase());
		if (found.groups?.length) rows.push(heading(t('groupsFound')), ...found.groups.map((g) => simple(`group ${g.id}`, face(g.name, 'group'), g.name, `${t('join')} · ${t('members', { n: g.members })}`, () => joinGroup(g))));
		if (!known) rows.push(simple('start', face(text), text, t('startWith', { name: text }), () => befriend(text)));
		if (found.messages) rows.push(heading(t('results')), ...(found.messages.length ? hits() : [['none', '', () => h('li', { class: 'none' }, t('nothing'))]]));
		else rows.push(simple('texts', face('🔍'), '🔍', t('searchFor', { text }), lookIntoTexts));
		if (found.wrong) rows.push(['wrong', found.wrong, () => h('li', { class: 'wrong', role: 'alert' }, found.wrong)]);
	}
	let list = $('people').firstElementChild;
	if (!list) $('people').append((list = h('ul')));
	arrange(list, rows);
}
