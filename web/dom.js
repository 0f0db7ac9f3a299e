// SPDX-License-Identifier: ISC
// dom - how the page makes its elements: text is only ever text.
export const $ = (id) => document.getElementById(id);

/** h('button', {class: 'plain', onclick: fn, 'aria-label': 'x'}, 'words', child, null) */
export function h(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
		else if (value === true) element.setAttribute(name, '');
		else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
	element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
	return element;
}

/** A name never turns what stands beside it around. */
export const bdi = (name) => h('bdi', {}, name);

/** Puts these in place of what parent has, and keeps those that are the same: rows are [key, signature, make]. */
export function arrange(parent, rows) {
	const before = new Map([...parent.children].map((e) => [e.dataset.key, e]));
	let at = parent.firstElementChild;
	for (const [key, signature, make] of rows) {
		let element = before.get(key);
		before.delete(key);
		if (!element || element.dataset.signature !== signature) {
			const made = make();
			made.dataset.key = key;
			made.dataset.signature = signature;
			if (element) {
				if (at === element) at = made;
				const focused = element.contains(document.activeElement) && document.activeElement.dataset.role;
				element.replaceWith(made);
				if (focused) made.querySelector(`[data-role="${focused}"]`)?.focus();
			}
			element = made;
		}
		if (at === element) at = at.nextElementSibling;
		else parent.insertBefore(element, at);
	}
	for (const gone of before.values()) gone.remove();
}

/** A picture for who has none: the first letter on a colour of the name's own. */
export function face(name, kind, state) {
	let hue = 0;
	for (const letter of name) hue = (hue * 31 + letter.codePointAt(0)) % 12;
	const letter = kind === 'group' ? '#' : ([...name][0] ?? '?').toUpperCase();
	return h('span', { class: `face hue${hue} ${state ?? ''}`, 'aria-hidden': 'true' }, letter);
}

let close = null;
/** Shows a dialog; resolves when it is closed. */
export function dialog(title, closeWord, ...content) {
	const box = $('dialog');
	box.replaceChildren(
		h('header', {}, h('h2', { id: 'dialog-title' }, title), h('button', { class: 'sign', 'aria-label': closeWord, onclick: () => box.close() }, '✕')),
		...content,
	);
	box.setAttribute('aria-labelledby', 'dialog-title');
	if (!box.open) box.showModal();
	return new Promise((resolve) => {
		close?.abort();
		close = new AbortController();
		box.addEventListener('close', resolve, { once: true, signal: close.signal });
		box.addEventListener('click', (e) => e.target === box && box.close(), { signal: close.signal });
	});
}

/** A form of a dialog. fields: [name, label, attributes, [[value, words]]]; done(values) may reject: that is shown. */
export function form(fields, button, done) {
	const wrong = h('p', { class: 'wrong', role: 'alert' });
	const inputs = fields.map(([name, label, attributes = {}, choices]) =>
		h('label', {}, h('span', {}, label),
			choices
				? h('select', { name }, ...choices.map(([value, words]) => h('option', { value, selected: value === attributes.value }, words)))
				: h('input', { name, dir: 'auto', ...attributes })));
	return h('form', {
		async onsubmit(event) {
			event.preventDefault();
			wrong.textContent = '';
			try {
				await done(Object.fromEntries(new FormData(event.target)), event.target);
			} catch (e) {
				wrong.textContent = e.message;
			}
		},
	}, ...inputs, wrong, h('button', { class: 'main' }, button));
}
