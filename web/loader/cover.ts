// A part of the loader: what lies over a blocked frame, in the same size, and
// offers to show it. The frame itself stays as it is, empty, so that nothing around
// it ever moves, and nobody is asked for anything before the visitor says so.

import css from '../css/cover.css';
import { focus, html } from './dom';
import type { Kit } from './kit';
import type { Tree } from './site';
import { apply, own } from './state';

/** What the server puts in place of LATCHKEY. */
interface Data {
	/** The site's colours. */
	c: string;
	/** Who provides what comes from where; embeds first. */
	h: [origin: string, provider: string, purpose: string, form: string][];
	/** The words by language. */
	l: Record<string, Words>;
}

interface Words {
	/** Covers by form of content. */
	f: Record<string, Tree>;
	/** Titles for frames that have none, by form of content. */
	t: Record<string, string>;
	/** Stands for a provider that is not known. */
	u: string;
	/** Names of the purposes that can be switched on. */
	n: Record<string, string>;
}

declare const LATCHKEY: Data;

const site = LATCHKEY;

/** The pictures, one for each form of content, in 48 by 48. */
const pictures: Record<string, string> = {
	video: 'M7 11h34a3 3 0 0 1 3 3v20a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V14a3 3 0 0 1 3-3ZM20 17.5v13l11-6.5Z',
	map: 'M24 44S9 29.5 9 19a15 15 0 0 1 30 0C39 29.5 24 44 24 44ZM24 13.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
	post: 'M8 7h32a4 4 0 0 1 4 4v19a4 4 0 0 1-4 4H24L13 43v-9H8a4 4 0 0 1-4-4V11a4 4 0 0 1 4-4ZM12 14v3h24v-3ZM12 22v3h16v-3Z',
	form: 'M11 4h26a3 3 0 0 1 3 3v34a3 3 0 0 1-3 3H11a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3ZM14 11v3h13v-3ZM14 17v6h20v-6ZM14 27v3h13v-3ZM14 33v6h20v-6Z',
	other: 'M7 7h34a3 3 0 0 1 3 3v28a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V10a3 3 0 0 1 3-3ZM9 18v18h30V18ZM9 11v3h3v-3ZM15 11v3h3v-3Z',
};

/** Draws a picture. It says nothing that the words do not say. */
function picture(form: string): SVGElement {
	const create = (name: string) => Document.prototype.createElementNS.call(document, 'http://www.w3.org/2000/svg', name) as SVGElement;
	const svg = create('svg');
	const path = create('path');
	svg.setAttribute('viewBox', '0 0 48 48');
	svg.setAttribute('aria-hidden', 'true');
	path.setAttribute('fill-rule', 'evenodd');
	path.setAttribute('d', pictures[form]);
	svg.append(path);
	return svg;
}

/** Address of a frame's content as a page of its own, if it has one. */
function page({ protocol, hostname, pathname, search, href }: URL): string | undefined {
	const [, , id] = pathname.split('/');
	if (!/^https?:$/.test(protocol)) return;
	if (/(^|\.)youtube(-nocookie)?\.com$/.test(hostname) && pathname.startsWith('/embed/')) return 'https://www.youtube.com/watch?v=' + id;
	if (hostname === 'player.vimeo.com') return 'https://vimeo.com/' + id;
	// Google shows these in frames only.
	if (/(^|\.)google\.[a-z.]+$/.test(hostname) && /^\/maps\/embed/.test(pathname)) {
		const place = new URLSearchParams(search).get('q');
		return place ? 'https://www.google.com/maps?q=' + encodeURIComponent(place) : undefined;
	}
	return href;
}

/** A text with what {title}, {provider} and {purpose} stand for. */
const filled = (text: string, fill: Record<string, string>): string => text.replace(/{(\w+)}/g, (_, name) => fill[name]);

/**
 * A tree with what stands for other words in its texts and attributes. JSON.parse could do it as it reads, but pages put functions of
 * their own in its place, which know of no reviver, and over the methods of lists.
 */
function filledTree(tree: Tree, fill: Record<string, string>): Tree {
	if (typeof tree === 'string') return filled(tree, fill);
	const [tag, attributes, ...children] = tree;
	const other: Record<string, string> = {};
	for (const [name, value] of Object.entries(attributes || {})) other[name] = filled(value, fill);
	const made: Tree = [tag, other];
	for (const child of children) made[made.length] = filledTree(child, fill);
	return made;
}

/** Where a frame's content comes from. */
function source(frame: HTMLElement): URL | undefined {
	try {
		return new URL(frame.dataset.src!, html.baseURI);
	} catch {} // An address that is none.
}

/** Covers a frame, and offers to show its content: this one (once), or all of its purpose (always). What is returned takes the cover away. */
export function cover(frame: HTMLElement, purpose: string, kit: Kit, open: () => void): () => void {
	const { lang, shadow, build, dress } = kit;
	const yes = { [purpose]: true };
	const once = () => {
		open();
		// Nothing else remembers it.
		kit.note(apply(kit.site.p, undefined, yes), 'allow-once', kit.words.e, true);
		kit.send();
	};
	const always = () => kit.choose(yes, 'always-allow');
	const words = site.l[lang];
	const named = own(words.n)[purpose];
	const from = source(frame);
	let found: Data['h'][0] | undefined;
	for (const row of site.h) if (row[0] === from?.origin && (!found || (row[2] === purpose && found[2] !== purpose))) found = row;
	const [, declared, , form] = found || ['', '', '', 'other'];
	const provider = declared || from?.hostname || words.u;

	const [host, inside] = shadow('latchkey-placeholder', what => (what === 'once' ? once() : always()));
	dress(inside, site.c + css);
	const title = (frame as HTMLIFrameElement).title.trim() || words.t[form];
	const face = build(filledTree(words.f[form], { title, provider, purpose: named || purpose }));
	const find = (selector: string) => face.querySelector<HTMLElement>(selector)!;
	face.prepend(picture(form));
	const link = from && page(from);
	if (link) find('a').setAttribute('href', link);
	else find('.k').remove();
	if (!named) {
		// The site declares no such purpose, so that there is nothing to say yes to.
		find('.y').remove();
		find('[data-do=always]').remove();
	}
	inside.append(face);
	frame.before(host);

	const place = () => {
		const at = host.getBoundingClientRect();
		const { x, y, width, height } = frame.getBoundingClientRect();
		// A frame of next to no height is not for looking at.
		face.hidden = height < 9;
		// In the reader's own text size, as the words take more or less room.
		const em = parseFloat(getComputedStyle(host).fontSize);
		face.className = 'h' + (height < 11 * em ? ' m s' : height < 21 * em || width < 26 * em ? ' m' : '');
		face.style.cssText = `width:${width}px;height:${height}px;transform:translate(${x - at.x}px,${y - at.y}px)`;
	};
	const observer = new ResizeObserver(place);
	// What is around the frame can move it without another size of its own.
	for (const element of [frame, frame.parentElement!, html]) observer.observe(element);

	return () => {
		const focused = !!inside.activeElement;
		observer.disconnect();
		host.remove();
		if (focused) focus(frame);
	};
}
