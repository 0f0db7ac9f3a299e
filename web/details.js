// SPDX-License-Identifier: ISC
// details - the dialogs: about a person, about a group, a new group, and what is mine.
import { $, bdi, dialog, face, form, h } from './dom.js';
import { call, kept, request } from './link.js';
import { loadFriends, loadGroups, store } from './store.js';
import { t } from './words.js';

const show = (title, ...content) => dialog(title, t('close'), ...content);

/** A button that asks the server, and shows what it has against that. */
function deed(words, fn, kind = '') {
	const wrong = h('span', { class: 'wrong', role: 'alert' });
	return h('span', {}, h('button', {
		type: 'button', class: kind || 'plain',
		async onclick() {
			try {
				wrong.textContent = '';
				await fn();
			} catch (e) {
				wrong.textContent = ` ${e.message}`;
			}
		},
	}, words), wrong);
}

async function person(c) {
	const id = Number(c.place.slice(1));
	const friend = store.friends.get(id);
	const { blocks } = await request({ op: 'blocks' });
	const blocked = blocks.some((b) => b.id === id);
	const change = (op) => async () => {
		await request({ op, user: id });
		await loadFriends();
		person(c);
	};
	show(bdi(c.name), h('p', { class: 'center' }, face(c.name, 'direct', friend?.state), friend && ` ${t(friend.state ?? 'offline')}`),
		h('p', { class: 'deeds' }, friend ? deed(t('removeFriend'), change('friend_remove')) : deed(t('addFriend'), change('friend_add')),
			blocked ? deed(t('unblock'), change('unblock')) : deed(t('block'), change('block'), 'plain danger')));
}

const policies = () => [[['open', t('open')], ['invite', t('inviteOnly')]], [['joined', t('fromJoin')], ['all', t('all')]]];

function member(group, m, again) {
	const rule = /admin|creator/.test(group.role) && m.id !== store.me.id && m.role !== 'creator';
	const act = (op, more = {}) => async () => {
		await request({ op, group: group.id, user: m.id, ...more });
		await again();
	};
	return h('li', {}, face(m.name, 'direct', m.state), h('span', { class: 'what' }, bdi(m.name), ` · ${t(m.role)}`, m.state === 'online' && ` · ${t('online')}`),
		h('span', { class: 'deeds' },
			rule && deed(t('kick'), act('group_kick')), rule && deed(t('ban'), act('group_ban')),
			group.role === 'creator' && rule && deed(t(m.role === 'admin' ? 'makeNormal' : 'makeAdmin'), act('group_role', { role: m.role === 'admin' ? 'normal' : 'admin' })),
			group.role === 'creator' && rule && deed(t('makeCreator'), act('group_role', { role: 'creator' }))));
}

async function groupDetails(c) {
	const id = Number(c.place.slice(1));
	const group = store.groups.get(id);
	if (!group) return show(bdi(c.name), h('p', {}, t('left', { name: t('you') })));
	const { members } = await request({ op: 'group_members', group: id });
	const again = async () => {
		await loadGroups();
		await groupDetails(c);
	};
	const rules = /admin|creator/.test(group.role);
	const [joins, pasts] = policies();
	show(bdi(group.name), h('p', { dir: 'auto' }, group.description), h('h3', {}, t('members', { n: members.length })),
		h('ul', { class: 'members' }, members.map((m) => member(group, m, again))),
		rules && form([['user', t('inviteSomebody'), { required: true, maxlength: 50, autocomplete: 'off' }]], t('inviteButton'), async (v, f) => {
			await request({ op: 'group_invite', group: id, user: v.user.trim() });
			f.reset();
		}),
		rules && h('details', {}, h('summary', {}, t('settings')), form([
			['name', t('name'), { value: group.name, required: true, maxlength: 50 }], ['description', t('description'), { value: group.description, maxlength: 200 }],
			['join', t('who'), { value: group.join }, joins], ['history', t('past'), { value: group.history }, pasts]], t('save'), async (v) => {
			await request({ op: 'group_set', group: id, ...v });
			await again();
		})),
		h('p', { class: 'deeds' }, deed(t('leave'), async () => {
			await request({ op: 'group_leave', group: id });
			await loadGroups();
			$('dialog').close();
		}, 'plain danger')));
}

export function about(c) {
	(c.place[0] === 'g' ? groupDetails(c) : person(c)).catch(() => {});
}

export function newGroup(open) {
	const [joins, pasts] = policies();
	show(t('newGroup'), form([['name', t('name'), { required: true, maxlength: 50, autocomplete: 'off' }], ['description', t('description'), { maxlength: 200 }],
		['join', t('who'), { value: 'open' }, joins], ['history', t('past'), { value: 'joined' }, pasts]], t('create'), async (v) => {
		const { group } = await request({ op: 'group_create', ...v });
		await loadGroups();
		$('dialog').close();
		open(`g${group.id}`);
	}));
}

async function devices() {
	const { devices: list } = await request({ op: 'devices' });
	const mine = kept.get('device');
	return h('ul', { class: 'members' }, list.map((d) => h('li', {},
		h('span', { class: 'what' }, bdi(d.device), d.device === mine && ` · ${t('thisDevice')}`, d.online && ` · ${t('online')}`),
		d.device !== mine && h('span', { class: 'deeds' }, deed(t('revoke'), async () => {
			await request({ op: 'device_revoke', device: d.device });
			await mySettings();
		})))));
}

export async function mySettings() {
	const list = await devices().catch(() => null);
	const password = (name, key) => [name, t(key), { type: 'password', required: true, maxlength: 256, autocomplete: name === 'old' ? 'current-password' : 'new-password', minlength: name === 'old' ? 1 : 8 }];
	show(bdi(store.me?.name ?? ''),
		'Notification' in globalThis && Notification.permission === 'default' && h('p', {}, deed(t('notify'), async () => {
			await Notification.requestPermission();
			await mySettings();
		})),
		h('h3', {}, t('devices')), list,
		h('details', {}, h('summary', {}, t('newPassword')), form([password('old', 'oldPassword'), password('new', 'newPassword')], t('change'), async (v, f) => {
			await request({ op: 'passwd', ...v });
			f.reset();
			f.querySelector('.wrong').textContent = t('changed2');
		})),
		h('p', { class: 'deeds' }, deed(t('logout'), () => call('logout'), 'plain danger')));
	$('dialog').querySelector('.danger').id = 'logout';
}
