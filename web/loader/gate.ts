// The gate: what the page marked with data-consent stays inert until its
// purpose is on, and is then released once, in document order.

import { choose, may } from './consent';
import { focus, html } from './dom';
import { cover } from './placeholder';
import { nonce } from './site';

/** Purposes of which something ran in this page. */
const ran = new Set<string>();
/** What lies over a blocked frame. */
const covers = new WeakMap<Element, HTMLElement>();
/** Settled when the scripts released so far have run. */
let scripts: Promise<unknown> = Promise.resolve();
let policy: { createScript(text: string): string; createScriptURL(url: string): string };

/** Gates what the page is going to add, too. */
export const watch = (): void => new MutationObserver(release).observe(html, { childList: true, subtree: true });

/** Follows a choice. What ran can't be un-run: if it may not run now, allowed once or not, the page is loaded again. */
export function follow(): void {
	for (const purpose of ran) {
		// The receipt is on its way by then, or waits in storage.
		if (!may(purpose)) return void setTimeout(() => location.reload(), 300);
	}
	release();
}

/** Lets run what may run, and covers the frames that may not. */
export function release(): void {
	for (const element of document.querySelectorAll<HTMLElement>('[data-consent]')) {
		const { consent, src, href } = element.dataset as Record<string, string>;
		const script = (element as HTMLScriptElement).type === 'text/plain';
		const open = () => {
			ran.add(consent);
			// Without its mark it is not found again.
			element.removeAttribute('data-consent');
			if (script) scripts = scripts.then(() => run(element as HTMLScriptElement)).catch(() => {});
			else if (src) element.setAttribute('src', src);
			else element.setAttribute('href', href);
			const over = covers.get(element);
			if (document.activeElement === over) focus(element);
			over?.remove();
		};
		if (!script && !src && !href) continue;
		if (may(consent)) open();
		else if (element.tagName === 'IFRAME' && !covers.has(element))
			covers.set(element, cover(element, consent, src, what => (what === 'once' ? open() : choose({ [consent]: true }, 'always-allow'))));
	}
}

/** Lets a copy of the script run in its place. An external one that is not async is waited for, as the parser would. */
function run(inert: HTMLScriptElement) {
	if (!inert.isConnected) return; // The page took it back while it waited.
	const script = document.createElement('script');
	const source = inert.getAttribute('src');
	policy ||= trust();
	for (const { name, value } of inert.attributes) {
		try {
			if (!/^(type|src)$/.test(name)) script.setAttribute(name, value);
		} catch {} // A handler in an attribute, where Trusted Types are enforced.
	}
	script.nonce = inert.nonce || nonce;
	script.async = inert.hasAttribute('async'); // The property is true for every script of a type that does not run.
	if (source) script.src = policy.createScriptURL(source);
	else script.text = policy.createScript(inert.text);
	inert.replaceWith(script);
	if (source && !script.async && !script.noModule)
		return new Promise(done => {
			script.addEventListener('load', done);
			script.addEventListener('error', done);
		});
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
