// SPDX-License-Identifier: ISC
// talk - one conversation: its texts by day and sender, what is being written, and what can be done with a text.
import { $, arrange, bdi, face, h } from './dom.js';
import { call, kept, request } from './link.js';
import { summary } from './list.js';
import { forget, highest, older, readTo, retry, store, targetOf } from './store.js';
import { day, t, time } from './words.js';

let c = null; // the conversation that is shown
let unreadFrom = 0; // where `new` stands
let editing = null;
let typed = 0;
let below = 0; // what came while one reads further up
let stuck = true; // to the end

export const shown = () => c;

const atEnd = () => $('scroll').scrollHeight - $('scroll').scrollTop - $('scroll').clientHeight < 40;

function toEnd() {
	$('scroll').scrollTop = $('scroll').scrollHeight;
	stuck = true;
	below = 0;
	seen();
}

/** Who looks at the end has read it. */
function seen() {
	if (c && stuck && !document.hidden && document.hasFocus() && c.loaded) readTo(c, highest(c));
	$('down').hidden = stuck;
	$('down').textContent = below ? t('newBelow', { n: below }) : '↓';
	$('down').setAttribute('aria-label', below ? t('newBelow', { n: below }) : t('toEnd'));
}

// One text

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/gi;

/** Text as text; links that are web addresses, and my name after an @, stand out. */
function words(text) {
	const parts = [];
	let at = 0;
	const plain = (piece) => {
		const name = `@${store.me.name}`.toLowerCase();
		for (let i; (i = piece.toLowerCase().indexOf(name)) >= 0; piece = piece.slice(i + name.length))
			parts.push(piece.slice(0, i), h('mark', {}, piece.slice(i, i + name.length)));
		parts.push(piece);
	};
	for (const { 0: match, index } of text.matchAll(LINK)) {
		const href = match.replace(/[.,;:!?)\]}]+$/, '');
		if (!URL.canParse?.(href)) continue;
		plain(text.slice(at, index));
		parts.push(h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, href));
		at = index + href.length;
	}
	plain(text.slice(at));
	return parts;
}

function tick(m) {
	if (m.from.id !== store.me.id) return null;
	const state = m.seq <= c.seen ? 'read' : m.seq <= c.delivered ? 'delivered' : 'stored';
	return h('span', { class: `tick ${state}`, role: 'img', 'aria-label': t(state), title: t(state) }, state === 'stored' ? '✓' : '✓✓');
}

const mayDelete = (m) => m.from.id === store.me.id || (c.place[0] === 'g' && /admin|creator/.test(store.groups.get(Number(c.place.slice(1)))?.role));

function actions(m) {
	const button = (key, fn) => h('button', { class: 'plain', 'data-role': key, onclick: fn }, t(key));
	return h('details', { class: 'actions' }, h('summary', { 'aria-label': t('more'), 'data-role': 'more' }, '⋯'),
		h('div', {}, button('copy', (e) => (navigator.clipboard?.writeText(m.text), (e.target.closest('details').open = false))),
			m.from.id === store.me.id && button('edit', () => edit(m)),
			mayDelete(m) && button('remove', () => confirm(t('sureDelete')) && call('remove', m.conv, m.seq))));
}

function bubble(m, first) {
	const mine = m.from.id === store.me.id;
	const group = c.place[0] === 'g';
	return h('article', { class: `text ${mine ? 'mine' : ''} ${first ? 'first' : ''}`, tabindex: '-1' },
		!mine && group && (first ? face(m.from.name) : h('span', { class: 'face none' })),
		h('div', { class: 'bubble' },
			first && !mine && group && h('div', { class: 'from' }, bdi(m.from.name)),
			h('div', { class: m.deleted_at ? 'words gone' : 'words', dir: 'auto' }, m.deleted_at ? t('deleted') : words(m.text)),
			h('div', { class: 'foot' }, m.edited_at && !m.deleted_at && h('span', {}, `${t('edited')} `), h('time', { datetime: m.at }, time(m.at)), tick(m))),
		!m.deleted_at && actions(m));
}

function waitingBubble(w) {
	const what = w.op === 'delete' ? t('remove') : w.text;
	return h('article', { class: 'text mine first waiting' }, h('div', { class: 'bubble' },
		h('div', { class: 'words', dir: 'auto' }, words(what)),
		w.failed
			? h('div', { class: 'foot wrong' }, t('failed', { why: w.failed }), ' ',
				w.op === 'send' && h('button', { class: 'plain', onclick: () => retry(c, w) }, t('retry')), h('button', { class: 'plain', onclick: () => forget(c, w) }, t('forget')))
			: h('div', { class: 'foot' }, h('span', { class: 'tick', role: 'img', 'aria-label': t('pending'), title: t('pending') }, '🕓'))));
}

/** What happened to a group. */
function event(m) {
	const values = { name: m.from.name, who: m.user?.name ?? '', role: m.kind === 'role' ? t(m.text) : '' };
	const key = { join: 'joined', leave: 'left', kick: 'kicked', role: 'role', group: 'changed' }[m.kind];
	return h('p', { class: 'event' }, key ? t(key, values) : summary(m));
}

// All of them

function rows() {
	const list = [];
	let last = null;
	let today = '';
	const entries = [...c.entries.values()].filter((m) => m.kind !== 'edit' && m.kind !== 'delete').sort((a, b) => a.seq - b.seq);
	if (c.loaded && !c.more) list.push(['begin', String(entries.length > 0), () => h('p', { class: 'event' }, t(entries.length ? 'beginning' : 'noPast'))]);
	for (const m of entries) {
		const date = day(m.at);
		if (date !== today) list.push([`day ${date}`, '', () => h('h2', { class: 'day' }, date)]);
		const fresh = unreadFrom && m.seq > unreadFrom && (!last || last.seq <= unreadFrom) && m.from.id !== store.me.id;
		if (fresh) list.push(['new', '', () => h('p', { class: 'new' }, t('unreadHere'))]);
		const first = date !== today || fresh || !last || last.kind !== 'text' || last.from.id !== m.from.id || new Date(m.at) - new Date(last.at) > 300000;
		today = date;
		last = m;
		const state = m.seq <= c.seen ? 2 : m.seq <= c.delivered ? 1 : 0;
		if (m.kind === 'text') list.push([`m${m.seq}`, JSON.stringify([m.text, m.edited_at, m.deleted_at, first, m.from.id === store.me.id && state]), () => bubble(m, first)]);
		else list.push([`m${m.seq}`, m.text, () => event(m)]);
	}
	for (const w of c.waiting) list.push([`w${w.cid}`, JSON.stringify([w.failed]), () => waitingBubble(w)]);
	return list;
}

function typingNow() {
	const names = [...(store.typing.get(c.place)?.values() ?? [])].filter((who) => who.until > Date.now()).map((who) => who.name);
	$('typing').replaceChildren(names.length ? t('typing', { name: names.join(', ') }) : '');
}

function head() {
	const state = c.place[0] === 'u' ? store.friends.get(Number(c.place.slice(1)))?.state : undefined;
	$('with').replaceChildren(bdi(c.name));
	$('how').textContent = c.place[0] === 'g' ? (store.groups.get(Number(c.place.slice(1)))?.description ?? '') : state ? t(state) : '';
	$('about').title = t('details');
}

export function show() {
	if (!c) return;
	const box = $('scroll');
	const fromEnd = box.scrollHeight - box.scrollTop;
	const grewAbove = $('log').firstElementChild && c.lowest !== undefined && Math.min(...c.entries.keys()) < c.lowest;
	head();
	typingNow();
	arrange($('log'), rows());
	c.lowest = c.entries.size ? Math.min(...c.entries.keys()) : undefined;
	if (stuck) toEnd();
	else if (grewAbove) box.scrollTop = box.scrollHeight - fromEnd;
	seen();
	if (c.loaded && c.more && box.scrollHeight <= box.clientHeight) older(c).catch(() => {});
}

/** Somebody else has said something in it. */
export function news() {
	if (!stuck) below++;
	seen();
}

export async function open(conv, seq) {
	keepDraft();
	c = conv;
	stuck = seq === undefined;
	below = 0;
	unreadFrom = c.unread > 0 ? c.read : 0;
	stopEditing();
	$('text').value = c.draft = kept.get(`draft ${c.place}`, '');
	fit();
	$('log').replaceChildren();
	c.lowest = undefined;
	show();
	if (!c.loaded) await older(c).catch(() => {});
	if (seq !== undefined) await jump(seq);
	else if (unreadFrom) queueMicrotask(() => $('log').querySelector('.new')?.scrollIntoView({ block: 'center' }));
}

async function jump(seq) {
	for (let i = 0; i < 40 && c.more && !c.entries.has(seq); i++) await older(c).catch(() => (i = 40));
	stuck = false;
	show();
	const element = $('log').querySelector(`[data-key="m${seq}"]`);
	element?.scrollIntoView({ block: 'center' });
	element?.focus();
	element?.classList.add('found');
}

export function closeTalk() {
	keepDraft();
	c = null;
}

// Writing

function keepDraft() {
	if (!c || editing) return;
	c.draft = $('text').value.trim();
	kept.set(`draft ${c.place}`, c.draft || null);
}

/** As high as what is in it. */
function fit() {
	$('text').style.height = 'auto';
	$('text').style.height = `${Math.min($('text').scrollHeight + 2, innerHeight * 0.4)}px`;
}

function edit(m) {
	keepDraft();
	editing = m;
	$('editing').hidden = false;
	$('text').value = m.text;
	$('text').focus();
	fit();
}

function stopEditing() {
	if (editing) $('text').value = c.draft ?? '';
	editing = null;
	$('editing').hidden = true;
	fit();
}

function submit() {
	const text = $('text').value.trim();
	if (!text || !c) return;
	if (editing) {
		const m = editing;
		stopEditing();
		if (text !== m.text) call('edit', m.conv, m.seq, text);
		return;
	}
	call('send', targetOf(c.place), text);
	$('text').value = '';
	unreadFrom = 0;
	keepDraft();
	fit();
	stuck = true;
}

const lastOwn = () => [...c.entries.values()].filter((m) => m.kind === 'text' && m.from.id === store.me.id && !m.deleted_at).at(-1);

function keys(e) {
	if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
		e.preventDefault();
		submit();
	} else if (e.key === 'Escape' && editing) stopEditing();
	else if (e.key === 'ArrowUp' && $('text').value === '' && lastOwn()) {
		e.preventDefault();
		edit(lastOwn());
	}
}

function hint() {
	fit();
	keepDraft();
	if (Date.now() - typed < 4000 || !c?.conv || !$('text').value) return;
	typed = Date.now();
	request({ op: 'typing', conv: c.conv }).catch(() => {});
}

export function begin() {
	$('say').addEventListener('submit', (e) => (e.preventDefault(), submit()));
	$('text').addEventListener('keydown', keys);
	$('text').addEventListener('input', hint);
	$('no-edit').addEventListener('click', stopEditing);
	$('down').addEventListener('click', toEnd);
	$('scroll').addEventListener('scroll', () => {
		stuck = atEnd();
		if (stuck) below = 0;
		seen();
		if (c?.loaded && c.more && $('scroll').scrollTop < 200) older(c).catch(() => {});
	});
	document.addEventListener('visibilitychange', seen);
	addEventListener('focus', seen);
	addEventListener('resize', () => stuck && c && toEnd());
}

