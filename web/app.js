// SPDX-License-Identifier: ISC
// app - the page: who is at the door, which conversation is open, what the banner says.
import * as details from './details.js';
import { $, h } from './dom.js';
import { begin as beginLink, call, kept, on } from './link.js';
import * as list from './list.js';
import { convAt, load, onNews, store, watch } from './store.js';
import * as talk from './talk.js';
import { label, t } from './words.js';

let state = 'idle';
let registering = false;

// The banner

function say(words, button, fn) {
	const key = `${words}|${button}`;
	$('banner').hidden = !words;
	if ($('banner').dataset.key === key) return;
	$('banner').dataset.key = key;
	$('banner').replaceChildren(...(words ? [words, ' ', button ? h('button', { class: 'plain', onclick: fn }, button) : ''] : []));
}

function banner() {
	if (!store.me || !$('door').hidden) say('');
	else if (state === 'connecting') say(t('connecting'));
	else if (state === 'waiting') say(t('waiting'), t('tryNow'), () => call('wake'));
	else if (state === 'replaced' || state === 'idle') say(t('replaced'), t('useHere'), () => call('resume', kept.get('token')).catch(() => {}));
	else if (store.trouble.has('database')) say(t('database'));
	else if (store.trouble.has('bus')) say(t('bus'));
	else if (store.announced) say(store.announced, t('close'), () => ((store.announced = ''), banner()));
	else say('');
}

// The door

function door(words = '') {
	$('door').hidden = false;
	$('chat').hidden = true;
	if ($('dialog').open) $('dialog').close();
	$('enter').querySelector('.wrong').textContent = words;
	$('enter').elements.password.value = '';
	banner();
	$('enter').elements.name.focus();
}

function way(to) {
	registering = to;
	$('enter').querySelector('.for-register').hidden = !to;
	$('enter').querySelector('button.main').textContent = t(to ? 'register' : 'login');
	$('other-way').textContent = t(to ? 'toLogin' : 'toRegister');
	$('enter').elements.password.autocomplete = to ? 'new-password' : 'current-password';
	$('enter').elements.password.minLength = to ? 8 : 1;
	$('enter').querySelector('.wrong').textContent = '';
}

async function enter(event) {
	event.preventDefault();
	const { name, password, invite } = $('enter').elements;
	const wrong = $('enter').querySelector('.wrong');
	const button = $('enter').querySelector('button.main');
	wrong.textContent = '';
	button.disabled = true;
	try {
		if (registering) await call('register', name.value.trim(), password.value, invite.value.trim());
		else await call('login', name.value.trim(), password.value);
		password.value = '';
	} catch (e) {
		wrong.textContent = e.message;
	}
	button.disabled = false;
}

// Inside

async function inside(session) {
	if (store.me && store.me.id !== session.user.id) return location.reload();
	store.me = session.user;
	$('door').hidden = true;
	$('chat').hidden = false;
	store.invited = session.invitations?.map((i) => i.group) ?? [];
	store.trouble.clear();
	try {
		await load(session);
	} catch {
		return; // the connection is gone: it begins again
	}
	for (const r of kept.get('outbox', [])) if (r.to || r.group) queue(r);
	const c = talk.shown();
	if (c && !c.loaded) talk.open(c);
	else if (!c && location.hash.length > 1) open(location.hash.slice(1));
	refresh();
}

/** What an earlier tab had not sent. */
function queue(r) {
	const c = convAt(r.to ? `u${r.to}` : `g${r.group}`);
	if (!c.waiting.some((w) => w.cid === r.cid) && ![...c.entries.values()].some((m) => m.cid === r.cid)) c.waiting.push(r);
}

function open(place, seq) {
	if (!/^[ug]\d+$/.test(place) || (!store.convs.has(place) && location.hash.slice(1) === place)) return;
	$('talk').hidden = false;
	$('nobody').hidden = true;
	document.body.classList.add('talking');
	list.show(place);
	if (location.hash !== `#${place}`) history.pushState(null, '', `#${place}`);
	talk.open(convAt(place), seq);
	if (seq === undefined) $('text').focus();
}

function back() {
	talk.closeTalk();
	$('talk').hidden = true;
	$('nobody').hidden = false;
	document.body.classList.remove('talking');
	list.show(null);
	$('find').focus();
}

function refresh() {
	if (store.me) $('myself').replaceChildren(h('bdi', {}, store.me.name));
	list.show();
	talk.show();
	banner();
	const unread = [...store.convs.values()].reduce((n, c) => n + c.unread, 0);
	document.title = unread ? `(${unread}) chatd` : 'chatd';
}

onNews.push((c, m) => {
	const words = t('saysTo', { name: m.from.name, text: m.text.slice(0, 200) });
	if (c === talk.shown()) talk.news();
	if (!store.me || !c.loaded) return;
	$('live').textContent = words;
});
onNews.push((c, m) => {
	if (!document.hidden || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
	if (Date.now() - new Date(m.at) > 60000) return; // it was said long ago
	const note = new Notification(c.name || m.from.name, { body: m.text.slice(0, 200), tag: c.place, icon: '/icon.svg' });
	note.onclick = () => (focus(), open(c.place), note.close());
});

async function start() {
	label(document);
	way(false);
	list.begin(open);
	talk.begin();
	watch(refresh);
	$('enter').addEventListener('submit', enter);
	$('other-way').addEventListener('click', () => way(!registering));
	$('back').addEventListener('click', () => history.pushState(null, '', '#') ?? back());
	$('about').addEventListener('click', () => details.about(talk.shown()));
	$('new-group').addEventListener('click', () => details.newGroup(open));
	$('settings').addEventListener('click', details.mySettings);
	addEventListener('popstate', () => (location.hash.length > 1 ? open(location.hash.slice(1)) : back()));
	addEventListener('online', () => call('wake'));
	addEventListener('keydown', (e) => {
		if (e.key === 'Escape' && !$('talk').hidden && !$('dialog').open && e.target.id !== 'text' && e.target.id !== 'find') $('text').focus();
		if (e.key === 'k' && (e.ctrlKey || e.metaKey)) (e.preventDefault(), $('find').focus());
	});
	on('session', inside);
	on('state', (now) => {
		state = now.state;
		if (state === 'out') {
			for (const key of Object.keys(localStorage)) if (/^(draft|marks) |^outbox$/.test(key)) kept.set(key, null);
			location.replace('/'); // nothing of whom it was stays
		} else if (state === 'idle' && !kept.get('token')) door();
		banner();
	});
	const hub = await beginLink();
	state = hub.state;
	if (hub.session) inside(hub.session);
	else if (!kept.get('token')) door();
	else $('chat').hidden = false;
}

start();
