// The gate: what the page marked with data-consent stays inert until its
// purpose is on, and is then released once, in document order.

import { cover } from './placeholder';
import { html } from './dom';
import { nonce } from './site';

interface Rules {
	allowed(purpose: string): boolean;
	/** The visitor wants this purpose always. */
	always(purpose: string): void;
}

let rules: Rules;
let policy: { createScript(text: string): string; createScriptURL(url: string): string } | undefined;
/** Purposes of which something ran in this page. */
const ran = new Set<string>();
const released = new WeakSet<Element>();
/** How to uncover the frames that are covered. */
const covered = new WeakMap<Element, () => void>();
/** Settled when the scripts released so far have run. */
let scripts: Promise<unknown> = Promise.resolve();

/** Begins to gate the page: what is there, and what comes. */
export function watch(these: Rules): void {
	rules = these;
	release();
	new MutationObserver(changes => {
		// Looking at what was added alone is cheap; going through the page in order is not.
		const marked = (node: Node) =>
			node instanceof Element && (node.hasAttribute('data-consent') || node.querySelector('[data-consent]'));
		if (changes.some(change => Array.from(change.addedNodes).some(marked))) release();
	}).observe(html, { childList: true, subtree: true });
}

/** Whether something ran that may not run now. It can't be un-run, so the page has to be loaded again. */
export const stale = (): boolean => Array.from(ran).some(purpose => !rules.allowed(purpose));

/** Releases everything that may run now, and covers the frames that may not. */
export function release(): void {
	document.querySelectorAll<HTMLElement>('[data-consent]').forEach(element => {
		const purpose = element.dataset.consent!;
		const source = element.getAttribute('data-src');
		if (released.has(element)) return;
		if (rules.allowed(purpose)) open(element);
		else if (source && element instanceof HTMLIFrameElement && !covered.has(element))
			covered.set(
				element,
				cover(element, purpose, source, what => (what === 'once' ? open(element) : rules.always(purpose))),
			);
	});
}

function open(element: HTMLElement) {
	const script = element instanceof HTMLScriptElement;
	const attribute = /^(IFRAME|IMG)$/.test(element.tagName) ? 'src' : element.tagName === 'LINK' && 'href';
	const source = attribute && element.getAttribute('data-' + attribute);
	if (script ? element.type !== 'text/plain' : !source) return;
	released.add(element);
	ran.add(element.dataset.consent!);
	if (script) scripts = scripts.then(() => run(element));
	else {
		element.setAttribute(attribute as string, source as string);
		covered.get(element)?.();
	}
}

/** Lets a copy of the script run in its place. An external one that is not async is waited for, as the parser would. */
function run(inert: HTMLScriptElement) {
	if (!inert.isConnected) return; // The page took it back while it waited.
	const script = document.createElement('script');
	const source = inert.getAttribute('src');
	policy ||= trust();
	for (const { name, value } of Array.from(inert.attributes)) {
		try {
			if (name !== 'type' && name !== 'src') script.setAttribute(name, value);
		} catch {} // A handler in an attribute, where Trusted Types are enforced.
	}
	script.nonce = inert.nonce || nonce;
	script.async = inert.async;
	if (source) script.src = policy.createScriptURL(source);
	else script.text = policy.createScript(inert.text);
	released.add(script);
	const done =
		source &&
		!script.async &&
		!script.noModule &&
		new Promise(resolve => {
			script.addEventListener('load', resolve);
			script.addEventListener('error', resolve);
		});
	inert.replaceWith(script);
	return done;
}

function trust() {
	const same = { createScript: (text: string) => text, createScriptURL: (url: string) => url };
	try {
		return (window as any).trustedTypes.createPolicy('latchkey', same);
	} catch {
		return same; // No Trusted Types here, or the page does not list our policy.
	}
}
