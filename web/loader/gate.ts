// The gate: what the page marked with data-consent stays inert until its
// purpose is on, and is then released once, in document order.

import { may } from './consent';
import { html } from './dom';
import { kit } from './kit';
import { nonce, part, site } from './site';

/** Purposes that were on in this page, or of which something ran. */
const seen = new Set<string>();
/** Purposes of which something ran in this page. */
const ran = new Set<string>();
/** For each covered frame, what takes its cover away. */
const covers = new WeakMap<Element, Promise<() => void>>();
/** Scripts that wait for their turn. */
const queue: HTMLScriptElement[] = [];
/** How many external scripts an inline one still has to wait for. */
let loading = 0;
/** Timer of a pause in which other work of the page has its turn. */
let pause: any;
let policy: { createScript(text: string): string; createScriptURL(url: string): string };

/** Gates what is added to the page later, too. */
export const watch = (): void => new MutationObserver(release).observe(html, { childList: true, subtree: true });

/**
 * Follows a choice. What ran can't be un-run: what it left on the device is
 * deleted, and if it may not run now, allowed once or not, the page is loaded again.
 */
export function follow(): void {
	const over = [...seen].filter(purpose => !may(purpose) && seen.delete(purpose));
	release();
	if (!over[0]) return;
	const again = over.some(purpose => ran.has(purpose));
	part('leave')
		.then(leave => leave.leave(over, kit(), again))
		.catch(() => {})
		.then(() => again && location.reload());
}

/** Lets run what may run, and covers the frames that may not. */
export function release(): void {
	for (const purpose in site.p) may(purpose) && seen.add(purpose);
	for (const element of document.querySelectorAll<HTMLElement>('[data-consent]')) {
		const { consent, ...data } = element.dataset as Record<string, string>;
		const script = (element as HTMLScriptElement).type === 'text/plain';
		const content = (element as HTMLTemplateElement).content;
		const open = () => {
			ran.add(consent);
			seen.add(consent);
			// Without its mark it is not found again.
			element.removeAttribute('data-consent');
			if (script) queue.push(element as HTMLScriptElement);
			else if (content) element.replaceWith(content);
			// Not an address that is a script: pages that clean what strangers have written know nothing of our marks.
			else ['srcset', 'src', 'href'].map(name => data[name]?.search(/^[\0- ]*j[^/?.]*:/i) && element.setAttribute(name, data[name]));
			covers.get(element)?.then(uncover => uncover());
		};
		if (may(consent)) open();
		else if (element.tagName === 'IFRAME' && !covers.has(element))
			covers.set(element, part('cover').then(cover => cover.cover(element, consent, kit(), open)));
	}
	pump();
}

/**
 * Lets scripts run in their turn. External ones are fetched side by side, and the
 * browser keeps their order; an inline one waits for those before it, as the parser would have it.
 * Many do not keep the page from answering: others have their turn in between.
 */
function pump() {
	for (let some = 10; !pause && queue[0] && (queue[0].src || !loading); ) {
		try {
			if (some--) run(queue.shift()!);
			else pause = setTimeout(() => ((pause = 0), pump()));
		} catch {} // Trusted Types that know nothing of our policy.
	}
}

/** Lets a copy of the script run in its place. An external one that is not async is waited for. */
function run(inert: HTMLScriptElement) {
	if (!inert.isConnected) return; // The page took it back while it waited.
	const script = document.createElement('script');
	const source = inert.getAttribute('src');
	policy ||= trust();
	for (const { name, value } of inert.attributes) {
		try {
			if (!/^(type|src|on.*)$/.test(name)) script.setAttribute(name === 'data-type' ? 'type' : name, value);
		} catch {} // A name that only the parser takes.
	}
	script.nonce = inert.nonce || nonce;
	script.async = inert.hasAttribute('async'); // The property is true for every script of a type that does not run.
	if (source) script.src = policy.createScriptURL(source);
	else script.text = policy.createScript(inert.text);
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

function trust() {
	const same = (text: string) => text;
	const rules = { createScript: same, createScriptURL: same };
	try {
		return (window as any).trustedTypes.createPolicy('latchkey', rules);
	} catch {
		return rules; // No Trusted Types here, or the page does not list our policy.
	}
}
