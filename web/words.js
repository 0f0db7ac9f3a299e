// SPDX-License-Identifier: ISC
// words - what the page says, in the languages that it knows; dates as the browser's language has them.
const EN = {
	name: 'Name', password: 'Password', invite: 'Invitation (if one is asked for)', login: 'Log in', register: 'Register',
	toRegister: 'New here? Register', toLogin: 'Have an account? Log in', conversations: 'Conversations', newGroup: 'New group',
	settings: 'Settings', find: 'Search people, groups, texts', back: 'Back', messages: 'Messages', write: 'Write a message',
	send: 'Send', editing: 'Editing', cancel: 'Cancel', close: 'Close', choose: 'Choose a conversation, or search for somebody.',
	connecting: 'Connecting …', waiting: 'No connection. What you write is kept and sent later.', tryNow: 'Try now',
	database: 'The database does not answer: messages wait until it does.', bus: 'Messages may take some seconds at the moment.',
	replaced: 'You are using this device elsewhere.', useHere: 'Use it here', loggedOut: 'You have been logged out.',
	online: 'online', offline: 'offline', members: '{n} members', today: 'Today', yesterday: 'Yesterday', edited: 'edited',
	deleted: 'This message was deleted', stored: 'stored', delivered: 'delivered', read: 'read', pending: 'waiting to be sent',
	edit: 'Edit', remove: 'Delete', copy: 'Copy', retry: 'Send again', forget: 'Discard', more: 'Actions', you: 'You',
	typing: '{name} is typing …', newBelow: 'New messages: {n}', toEnd: 'To the end', joined: '{name} joined', left: '{name} left',
	kicked: '{name} removed {who}', role: '{name} made {who} {role}', changed: '{name} changed the group', friends: 'Friends',
	requests: 'They have added you', accept: 'Add', startWith: 'Chat with “{name}”', groupsFound: 'Open groups', join: 'Join', results: 'Messages',
	searchFor: 'Search all messages for “{text}”', nothing: 'Nothing found', description: 'Description', who: 'Who may join', open: 'anybody', inviteOnly: 'the invited',
	past: 'New members see', fromJoin: 'what comes after they join', all: 'everything', create: 'Create', save: 'Save', leave: 'Leave the group',
	addFriend: 'Add to friends', removeFriend: 'Remove from friends', block: 'Block', unblock: 'Unblock', inviteSomebody: 'Invite somebody', inviteButton: 'Invite',
	kick: 'Remove', ban: 'Ban', makeAdmin: 'Make admin', makeNormal: 'Take admin away', makeCreator: 'Hand over', creator: 'creator', admin: 'admin', normal: 'member',
	devices: 'Devices', revoke: 'Revoke', thisDevice: 'this one', oldPassword: 'Old password', newPassword: 'New password', change: 'Change', changed2: 'Changed.',
	notify: 'Notify me of messages', logout: 'Log out', invited: 'Invitations', sureDelete: 'Delete this message for everybody?', noPast: 'Nothing has been said yet.',
	beginning: 'This is the beginning.', unreadHere: 'New', failed: 'not sent: {why}', unread: '{n} unread', saysTo: '{name}: {text}', details: 'Details',
};
const ZH = {
	name: '用户名', password: '密码', invite: '邀请码（如需要）', login: '登录', register: '注册',
	toRegister: '还没有账号？注册', toLogin: '已有账号？登录', conversations: '会话', newGroup: '新建群组',
	settings: '设置', find: '搜索联系人、群组、消息', back: '返回', messages: '消息', write: '输入消息',
	send: '发送', editing: '正在编辑', cancel: '取消', close: '关闭', choose: '选择一个会话，或搜索联系人。',
	connecting: '正在连接……', waiting: '没有连接。您写的内容会保留，稍后发送。', tryNow: '立即重试',
	database: '数据库没有响应：消息将等待发送。', bus: '目前消息可能会延迟几秒。',
	replaced: '您正在别处使用此设备。', useHere: '在此使用', loggedOut: '您已退出登录。',
	online: '在线', offline: '离线', members: '{n} 位成员', today: '今天', yesterday: '昨天', edited: '已编辑',
	deleted: '此消息已删除', stored: '已保存', delivered: '已送达', read: '已读', pending: '等待发送',
	edit: '编辑', remove: '删除', copy: '复制', retry: '重新发送', forget: '丢弃', more: '操作', you: '您',
	typing: '{name} 正在输入……', newBelow: '新消息：{n}', toEnd: '到底部', joined: '{name} 加入了群组', left: '{name} 离开了群组',
	kicked: '{name} 移除了 {who}', role: '{name} 将 {who} 设为{role}', changed: '{name} 修改了群组', friends: '好友',
	requests: '他们添加了您', accept: '添加', startWith: '与“{name}”聊天', groupsFound: '公开群组', join: '加入', results: '消息',
	searchFor: '在所有消息中搜索“{text}”', nothing: '没有结果', description: '简介', who: '谁可以加入', open: '任何人', inviteOnly: '受邀者',
	past: '新成员可见', fromJoin: '加入之后的消息', all: '全部消息', create: '创建', save: '保存', leave: '退出群组',
	addFriend: '加为好友', removeFriend: '删除好友', block: '屏蔽', unblock: '取消屏蔽', inviteSomebody: '邀请', inviteButton: '邀请',
	kick: '移除', ban: '封禁', makeAdmin: '设为管理员', makeNormal: '取消管理员', makeCreator: '转让群组', creator: '群主', admin: '管理员', normal: '成员',
	devices: '设备', revoke: '注销', thisDevice: '本设备', oldPassword: '旧密码', newPassword: '新密码', change: '修改', changed2: '已修改。',
	notify: '消息通知', logout: '退出登录', invited: '邀请', sureDelete: '为所有人删除此消息？', noPast: '还没有消息。',
	beginning: '这里是开头。', unreadHere: '新消息', failed: '未发送：{why}', unread: '{n} 条未读', saysTo: '{name}：{text}', details: '详情',
};

const wanted = navigator.languages?.find((l) => /^(en|zh)\b/i.test(l)) ?? 'en';
export const language = /^zh/i.test(wanted) ? 'zh' : 'en';
const words = language === 'zh' ? ZH : EN;
export const languages = { EN, ZH };

export const t = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** The words of the elements that stand in index.html. */
export function label(root) {
	document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
	for (const e of root.querySelectorAll('[data-t]')) e.textContent = t(e.dataset.t);
	for (const e of root.querySelectorAll('[data-label]')) {
		e.setAttribute('aria-label', t(e.dataset.label));
		if (e.tagName === 'BUTTON') e.title = t(e.dataset.label);
	}
	for (const e of root.querySelectorAll('[data-hint]')) e.placeholder = t(e.dataset.hint);
}

const locale = navigator.language;
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const dayAndYear = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const short = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const dayNumber = (date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60000) / 86400000);

export const time = (at) => clock.format(new Date(at));

export function day(at) {
	const ago = dayNumber(new Date()) - dayNumber(new Date(at));
	return ago === 0 ? t('today') : ago === 1 ? t('yesterday') : dayAndYear.format(new Date(at));
}

export function moment(at) {
	return dayNumber(new Date()) === dayNumber(new Date(at)) ? time(at) : short.format(new Date(at));
}
