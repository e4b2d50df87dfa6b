// A part of the loader: the overlay that shows a web team what Latchkey does on
// a page. For each marked element its purpose, whether it runs and why, and what it
// left on the device. It comes with ?latchkey=debug, on sites that allow it, and is in
// English only.

import css from '../css/debug.css';
import { html, listen, ofDocument } from './dom';
import type { Kit } from './kit';
import type { Tree } from './site';
import { trail, type Item, type Technology } from './trail';
import { made, once, why, type Purpose } from './why';

/** What the server puts in place of LATCHKEY. */
interface Data {
	/** Purposes that the site declares. */
	p: Purpose[];
	/** Cookies and storage items that it declares. */
	t: Technology[];
}

declare const LATCHKEY: Data;

const { p: purposes, t: technologies } = LATCHKEY;

/** A marked element. */
interface Tag {
	label: string;
	purpose: string;
	/** Where it is requested from; undefined for what stands in the page. */
	origin?: string;
	/** Whether it can leave something on this site: a frame or a picture from elsewhere can't. */
	leaves: boolean;
	/** Why it was released. */
	released?: string;
	/** What kept it from being gated, where it was released. */
	wrong?: string;
	/** Whether its address could not be loaded. */
	failed?: boolean;
	/** Whether an inline script has had its turn. */
	ran?: boolean;
}

type State = 'Blocked' | 'Released' | 'Released, did not load' | 'Not held back';

/** What Latchkey itself keeps. */
const own = /^\w+ latchkey(\.|$)/;

/** Address of what an element is marked to load. */
const address = (element: HTMLElement): string | undefined =>
	(element.localName === 'script' && element.getAttribute('src')) || element.dataset.src || element.dataset.href || element.dataset.srcset;

function describe(element: HTMLElement, purpose: string): Tag {
	const from = address(element);
	let origin: string | undefined;
	try {
		origin = from && new URL(from, html.baseURI).origin;
	} catch {} // An address that is none.
	const inside = element.localName === 'script' ? (element as HTMLScriptElement).text.trim().replace(/\s+/g, ' ').slice(0, 60) : '';
	return {
		label: [element.localName, from || (inside ? `inline: ${inside}…` : 'without an address')].join(' '),
		purpose,
		origin,
		leaves: /^(script|template)$/.test(element.localName) || origin === location.origin,
	};
}

/** What keeps a marked element from being gated, if anything does: see gate.ts. */
function mistake(element: HTMLElement): string | undefined {
	const script = element.localName === 'script';
	if ((script && (element as HTMLScriptElement).type === 'text/plain') || (element as HTMLTemplateElement).content || address(element)) return;
	if (script) return 'It has no type="text/plain", so the browser has run it without asking.';
	return element.hasAttribute('src') || element.hasAttribute('href')
		? 'Its address is not in data-src, data-srcset or data-href, so the browser has loaded it without asking.'
		: 'It has no data-src, data-srcset or data-href, so there is nothing to release.';
}

const nameOf = (id: string): string => purposes.find(purpose => purpose[0] === id)?.[1] ?? id;

/** Shows the overlay. early are the changes of data-consent so far: the gate releases an element by removing it. */
export function show(kit: Kit, early: MutationRecord[]): void {
	const { site, may, told } = kit;
	const gpc = (navigator as any).globalPrivacyControl === true;
	const tags = new Map<HTMLElement, Tag>();
	const ran = () => [...tags.values()].filter(tag => tag.released && tag.leaves);
	const device = trail(technologies, ran);

	const reason = (purpose: string) =>
		why(
			purpose,
			site.p[purpose],
			purposes.find(declared => declared[0] === purpose),
			told(),
			gpc,
		);

	function tagOf(element: HTMLElement, purpose: string): Tag {
		let tag = tags.get(element);
		if (!tag) {
			const made = (tag = describe(element, purpose));
			tags.set(element, tag);
			element.addEventListener('load', () => {
				if (made.released && element.localName === 'script') device.look([made]);
				later();
			});
			element.addEventListener('error', () => {
				made.failed = true;
				later();
			});
		}
		return tag;
	}

	/** The state of every marked element, in words. */
	const states = (): [tag: Tag, state: State, because: string][] =>
		[...tags].map(([element, tag]) => {
			const wrong = tag.released ? tag.wrong : mistake(element);
			if (wrong) return [tag, 'Not held back', wrong];
			if (!tag.released) return [tag, 'Blocked', reason(tag.purpose)];
			return [tag, tag.failed ? 'Released, did not load' : 'Released', tag.released];
		});

	/** Which tags an item came from. */
	function makers({ what, declared, seen, after }: Item<Tag>): Tag[] {
		if (own.test(what)) return [];
		if (seen) return seen;
		const of = ran().filter(tag => declared.some(technology => technology[3] === tag.purpose));
		const exactly = of.filter(tag => declared.some(technology => technology[4].includes(tag.origin!)));
		if (declared[0]) return exactly[0] ? exactly : of;
		return after || [];
	}

	const cameFrom = (item: Item<Tag>): string => {
		const list = makers(item)
			.map(tag => tag.label)
			.join(' or ');
		if (own.test(item.what)) return 'Latchkey itself';
		if (item.seen) return `${list}: seen when it ran`;
		if (item.declared[0]) return list ? `${list}: by what the site declares` : 'no marked tag that ran on this page';
		if (!item.after) return 'unknown: it was here before this overlay';
		return list ? `probably ${list}: it came after that ran` : 'something that is not marked: it came before any marked tag ran';
	};

	/** What there is to know of an item, and whether it is worth a look. */
	function standing({ declared }: Item<Tag>): [words: string, wrong: boolean] {
		if (!declared[0]) return ['Not declared', true];
		const words = declared.map(([, , provider, purpose]) => `${nameOf(purpose)} (${provider})`).join(', ');
		const allowed = declared.some(technology => may(technology[3]));
		return allowed ? [words, false] : [words + ': its purpose is off, so it should not be here', true];
	}

	const found = () => [...device.items.values()].sort((a, b) => (a.what < b.what ? -1 : 1));
	const leftBy = (tag: Tag) =>
		found()
			.filter(item => makers(item).includes(tag))
			.map(item => item.what + (item.declared[0] ? '' : ' (not declared)'))
			.join(', ') || 'nothing seen';

	const choice = () => `Choice: ${made(told())}. Global Privacy Control: ${gpc ? 'sent' : 'not sent'}.`;

	/** The report as text. The address goes without its query, which may hold what is personal. */
	const report = (): string =>
		[
			`Latchkey, site ${site.s}, questions ${site.r}`,
			`Page: ${location.origin}${location.pathname}, ${new Date().toISOString()}`,
			choice(),
			'',
			'Tags on this page',
			...states().map(
				([tag, state, because]) =>
					`- ${state}: ${tag.label}\n  Purpose: ${nameOf(tag.purpose)} (${tag.purpose})\n  Why: ${because}\n  Left on the device: ${leftBy(tag)}`,
			),
			'',
			'On the device',
			...found().map(item => `- ${item.what}\n  Declared: ${standing(item)[0]}\n  Came from: ${cameFrom(item)}`),
		].join('\n');

	const cell = (of: string, text: string, css = ''): Tree => ['td', { role: 'cell', label: of, class: css }, text];
	const table = (id: string, heads: string[], rows: Tree[]): Tree => [
		'table',
		{ role: 'table', 'aria-labelledby': id },
		['thead', { role: 'rowgroup' }, ['tr', { role: 'row' }, ...heads.map((head): Tree => ['th', { role: 'columnheader', scope: 'col' }, head])]],
		['tbody', { role: 'rowgroup' }, ...rows],
	];
	const tables = (): Tree => {
		const colours: Record<State, string> = { Blocked: 'x', Released: 'v', 'Released, did not load': 'w', 'Not held back': 'w' };
		return [
			'section',
			0,
			['h3', { id: 'tags' }, 'Tags on this page'],
			tags.size
				? table(
						'tags',
						['Tag', 'Purpose', 'State', 'Why', 'Left on the device'],
						states().map(([tag, state, because]): Tree => [
							'tr',
							{ role: 'row' },
							cell('Tag', tag.label),
							cell('Purpose', nameOf(tag.purpose)),
							cell('State', state, colours[state]),
							cell('Why', because),
							cell('Left', leftBy(tag)),
						]),
					)
				: ['p', 0, 'Nothing on this page is marked with data-consent.'],
			['h3', { id: 'items' }, 'On the device'],
			device.items.size
				? table(
						'items',
						['Item', 'Declared for', 'Came from'],
						found().map((item): Tree => {
							const [words, wrong] = standing(item);
							return ['tr', { role: 'row' }, cell('Item', item.what), cell('Declared for', words, wrong ? 'w' : ''), cell('Came from', cameFrom(item))];
						}),
					)
				: ['p', 0, 'No cookies and no storage that a page can see.'],
			['p', 0, 'Cookies that scripts can’t read, and those of other websites, are not seen from here. “latchkey audit” finds them.'],
		];
	};

	const [host, inside] = kit.shadow('latchkey-debug', what => (what === 'close' ? close() : copy()));
	host.lang = 'en-GB';
	kit.dress(inside, css);
	const status = kit.build(['p', { role: 'status' }]);
	const said = kit.build(['p', { role: 'status' }]);
	const text = kit.build(['textarea', { readonly: '', hidden: '', 'aria-label': 'Report as text' }]) as HTMLTextAreaElement;
	let body = kit.build(['section']);
	const overlay = kit.build([
		'section',
		{ class: 'd', 'aria-label': 'Latchkey debug', tabindex: '0' },
		[
			'div',
			{ class: 'o' },
			['h2', 0, 'Latchkey debug'],
			['button', { type: 'button', 'data-do': 'copy' }, 'Copy report'],
			['button', { type: 'button', 'data-do': 'close' }, 'Close debug'],
		],
	]);
	overlay.append(status, said, text, body);
	inside.append(overlay);

	let drawn = '';
	/** Draws what has changed, so that nothing moves under a reader's hands without need. */
	function draw() {
		for (const [element, tag] of tags) if (!tag.released && !(element.isConnected && element.dataset.consent === tag.purpose)) tags.delete(element);
		for (const element of html.querySelectorAll<HTMLElement>('[data-consent]')) tagOf(element, element.dataset.consent!);
		const all = states();
		const count = (state: State) => all.filter(row => row[1].startsWith(state)).length;
		const undeclared = found().filter(item => !item.declared[0]).length;
		const summary = `${count('Blocked')} blocked, ${count('Released')} released, ${undeclared} undeclared on the device. ${choice()}`;
		const tree = tables();
		const now = JSON.stringify([summary, tree]);
		if (now === drawn) return;
		drawn = now;
		if (status.textContent !== summary) status.textContent = summary;
		const old = body;
		old.replaceWith((body = kit.build(tree)));
	}

	let waiting = 0;
	/** Draws when what is going on now has settled. */
	function later() {
		waiting ||= window.setTimeout(() => {
			waiting = 0;
			draw();
		}, 50);
	}

	async function copy() {
		const content = report();
		try {
			await navigator.clipboard.writeText(content);
			text.hidden = true;
			said.textContent = 'The report is copied.';
		} catch {
			// No clipboard on pages without TLS, or the page's policy forbids it.
			text.value = content;
			text.hidden = false;
			text.focus();
			text.select();
			said.textContent = 'This page may not use the clipboard. The report is selected below: copy it with your keyboard.';
		}
	}

	/** Takes in what was released. */
	function hear(records: MutationRecord[]) {
		for (const { attributeName, target, oldValue } of records) {
			const element = target as HTMLElement;
			if (attributeName !== 'data-consent' || oldValue === null || element.hasAttribute('data-consent')) continue;
			const tag = tagOf(element, oldValue);
			tag.wrong = mistake(element);
			tag.released = may(oldValue) ? reason(oldValue) : once;
		}
	}

	const changes = new MutationObserver(records => {
		hear(records);
		// An inline script runs when it takes its place; nothing else tells of it.
		const turn = [...tags].filter(([element, tag]) => tag.released && !tag.ran && !tag.origin && !element.isConnected).map(([, tag]) => tag);
		for (const tag of turn) tag.ran = true;
		if (turn[0]) device.look(turn);
		later();
	});
	const poll = () => device.poll().then(changed => changed && later());
	const timer = setInterval(poll, 1000);
	const escape = (event: any) => {
		// Elsewhere the key is the page's.
		if (event.key === 'Escape' && (event.target === host || event.target === ofDocument('body'))) close();
	};

	function close() {
		const focused = !!inside.activeElement;
		clearInterval(timer);
		clearTimeout(waiting);
		waiting = -1;
		changes.disconnect();
		removeEventListener.call(document, 'latchkey:choice', poll);
		removeEventListener.call(document, 'latchkey:choice', later);
		removeEventListener.call(document, 'keydown', escape);
		host.remove();
		if (focused && kit.front()) kit.home();
	}

	listen('latchkey:choice', poll);
	listen('latchkey:choice', later);
	listen('keydown', escape);
	changes.observe(html, {
		subtree: true,
		childList: true,
		attributeFilter: ['data-consent', 'data-src', 'data-href', 'src', 'type'],
		attributeOldValue: true,
	});
	html.insertBefore(host, ofDocument('body'));
	hear(early);
	poll();
	later();
}
