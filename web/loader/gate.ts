// The gate: what the page marked with data-consent stays inert until its
// purpose is on, and is then released once, in document order.
//
// Pages show what strangers have written, cleaned by a sanitizer. Sanitizers
// know nothing of our marks, so a mark alone must never make a script of
// something: only a SCRIPT element is run, which every sanitizer takes out.

import { may } from './consent';
import { create, html } from './dom';
import { kit } from './kit';
import { nonce, part, site } from './site';
import { own } from './state';

/** Purposes that were on in this page, or of which something ran. */
const seen = new Set<string>();
/** Purposes of which something ran in this page. */
const ran = new Set<string>();
/** For each covered frame, what takes its cover away, and what it was to show if that came in srcdoc. */
const covers = new WeakMap<Element, [uncover: Promise<() => void>, content: string | null]>();
/** Scripts that wait for their turn. */
const queue = new Set<HTMLScriptElement>();
/** How many external scripts an inline one still has to wait for. */
let loading = 0;
/** Timer of a pause in which other work of the page has its turn. */
let pause: any;
let policy: Record<'createScript' | 'createScriptURL' | 'createHTML', (text: string) => string>;

/** Gates what is added to the page later, too. */
export const watch = (): void => new MutationObserver(release).observe(html, own({ childList: true, subtree: true }));

/**
 * Follows a choice. What ran can't be un-run: what it left on the device is
 * deleted, and if it may not run now, allowed once or not, the page is loaded again.
 */
export function follow(): void {
	const over: string[] = [];
	let again = false;
	for (const purpose of seen)
		if (!may(purpose)) {
			seen.delete(purpose);
			over[over.length] = purpose;
			if (ran.has(purpose)) again = true;
		}
	release();
	if (!over.length) return;
	part('leave')
		.then(leave => leave.leave(over, kit(), again))
		.catch(() => {})
		.then(() => again && location.reload());
}

/** Lets run what may run, and covers the frames that may not. */
export function release(): void {
	for (const purpose in site.p) may(purpose) && seen.add(purpose);
	// No form: fields in it can hide what an element has, as names do in the document.
	for (const element of html.querySelectorAll<HTMLElement>('[data-consent]:not(form)')) {
		const purpose = element.getAttribute('data-consent')!;
		const open = () => {
			ran.add(purpose);
			seen.add(purpose);
			// Without its mark it is not found again.
			element.removeAttribute('data-consent');
			if ((element as HTMLScriptElement).type === 'text/plain') queue.add(element as HTMLScriptElement);
			else if (element.tagName === 'TEMPLATE') element.replaceWith((element as HTMLTemplateElement).content);
			else
				for (const name of ['srcset', 'src', 'href']) {
					const address = element.getAttribute('data-' + name);
					if (address && loadable(address)) element.setAttribute(name, address);
				}
			const [uncover, content] = covers.get(element) || [];
			if (content) (element as HTMLIFrameElement).srcdoc = trusted().createHTML(content);
			uncover?.then(uncover => uncover());
		};
		if (may(purpose)) open();
		else if (element.tagName === 'IFRAME' && !covers.has(element)) {
			const cover = part('cover').then(cover => cover.cover(element, purpose, kit(), open));
			covers.set(element, [cover.catch(() => () => {}), element.getAttribute('srcdoc')]);
			element.removeAttribute('srcdoc');
		}
	}
	pump();
}

/** Whether an address is one to load from, and no script or content in itself: javascript:, vbscript:, data:, as URL parsers read them. */
const loadable = (address: string): boolean => !/^[\0- ]*[djv][^/?.]*:/i.test(address);

/**
 * Lets scripts run in their turn. External ones are fetched side by side, and the
 * browser keeps their order; an inline one waits for those before it, as the parser would have it.
 * Many do not keep the page from answering: others have their turn in between.
 */
function pump() {
	let some = 10;
	for (const script of queue) {
		if (pause || (!script.src && loading)) return;
		if (!some--) {
			pause = setTimeout(() => ((pause = 0), pump()));
			return;
		}
		queue.delete(script);
		try {
			run(script);
		} catch {} // Trusted Types that know nothing of our policy.
	}
}

/** Lets a copy of the script run in its place. An external one that is not async is waited for. */
function run(inert: HTMLScriptElement) {
	const source = inert.getAttribute('src');
	// The page took it back while it waited, it is none, or its address is a script in itself.
	if (!inert.isConnected || inert.tagName !== 'SCRIPT' || (source && !loadable(source))) return;
	const script = create('script');
	for (const { name, value } of inert.attributes) {
		try {
			if (!/^(type|src|on.*)$/.test(name)) script.setAttribute(name === 'data-type' ? 'type' : name, value);
		} catch {} // A name that only the parser takes.
	}
	// Ours is for a site that says that all its marked scripts may have it.
	script.nonce = inert.nonce || (site.f & 2 ? nonce : '');
	// With 'strict-dynamic' the browser would trust it as ours, though the page's policy holds it back where it stands.
	if (nonce && !source && !script.nonce) return;
	script.async = inert.hasAttribute('async'); // The property is true for every script of a type that does not run.
	if (source) script.src = trusted().createScriptURL(source);
	else script.text = trusted().createScript(inert.text);
	const waited = source && !script.async && !script.noModule;
	if (waited) loading++;
	const done = (event: Event) => {
		// Who listens to the script that the page has written hears of it, in an attribute or otherwise.
		inert.dispatchEvent(new Event(event.type));
		if (waited) loading--;
		pump();
	};
	script.addEventListener('load', done);
	script.addEventListener('error', done);
	inert.replaceWith(script);
}

/** What makes a script of a text where the page enforces Trusted Types. */
function trusted() {
	if (policy) return policy;
	const same = (text: string) => text;
	policy = { createScript: same, createScriptURL: same, createHTML: same };
	try {
		policy = (window as any).trustedTypes.createPolicy('latchkey', policy);
	} catch {} // No Trusted Types here, or the page does not list our policy.
	return policy;
}
