// The loader: what a site's one script tag brings. It draws the first layer,
// keeps the page's marked elements inert until their purpose is on, remembers
// the choice in a cookie of the site, and sends the receipt.

import { emit, make } from './api';
import { day, formatCookie, readCookie, storeCookie, type Answers, type Method } from './cookie';
import { hit, loaded, painted } from './dom';
import { release, stale, watch } from './gate';
import { begin, show } from './layer';
import { close, listen, open, tell } from './panel';
import * as receipt from './receipt';
import { connect, lang, site, words, type Site } from './site';
import { allowed, apply, choosable, everything, standing, type State } from './state';

/** The site's data: the server puts it here. */
declare const LATCHKEY: Site;

let state: State;

const may = (purpose: string) => allowed(state, purpose);
const chosen = () => ({
	choices: { ...state.choice?.on },
	method: state.choice?.method || ('' as const),
	date: state.choice?.date || '',
});
/** Whether the visitor's choice includes a consent. */
const consented = () => !!state.choice && Object.keys(site.p).some(id => site.p[id] === 1 && may(id));

function draw(after?: boolean) {
	const ask = !state.choice && Object.keys(site.p).some(id => site.p[id] === 1);
	show(ask ? words.b : words.c, ask, after);
}

/** Makes a choice: first it counts and is stored, then it is seen, and once it was seen it is acted upon and sent. */
function choose(on: Answers, method: Method, edition = words.e) {
	const before = consented();
	const date = day();
	state = apply(state, { date, revision: site.r, method, on });
	storeCookie(state.choice!, site.c, site.m);
	receipt.note(state.choice!.on, method, edition, date, before || consented());
	draw(true);
	painted(() => {
		emit('choice', chosen());
		const sent = receipt.send().then(tell);
		tell();
		follow(sent);
	});
}

/** Lets run what may run. If something ran that may not, the page is loaded again, but for a second's grace not before the receipt has gone. */
function follow(sent?: Promise<unknown>) {
	if (!stale()) return release();
	Promise.race([sent, new Promise(resolve => setTimeout(resolve, 1000))]).then(() => location.reload());
}

/** Takes over a choice that another page of the site stored in the meantime. */
function reread() {
	const next = standing(state, readCookie(), day(), site.m);
	if (!next.choice || (state.choice && formatCookie(state.choice) === formatCookie(next.choice))) return;
	state = next;
	draw();
	emit('choice', chosen());
	tell();
	follow();
}

/** What a button of the first layer does. */
function act(what: string | undefined, from: HTMLElement, event: MouseEvent) {
	if (what === 'accept') choose(everything(state, true), 'accept-all');
	else if (what === 'reject') choose(everything(state, false), 'reject-all');
	else if (what === 'close') close();
	else launch(what === 'notice' ? what : 'preferences', from, event);
}

/** Opens a view for a click. One that asks for another tab or window is left to the browser. */
function launch(view: string, from: Element, event: MouseEvent) {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
	event.preventDefault();
	open(view, from);
}

/** Opens the preferences where the address asks for them. */
function arrive() {
	if (location.hash !== '#latchkey-preferences') return;
	// Gone from the address, the same link works again, and a reload does not open the panel again.
	history.replaceState(history.state, '', location.pathname + location.search);
	open('preferences');
}

function start() {
	if (window.latchkey?.ready) return console.warn('Latchkey is on this page already');
	connect(LATCHKEY, document.currentScript as HTMLScriptElement);
	state = standing({ purposes: site.p, revision: site.r }, readCookie(), day(), site.m);
	begin(act);
	draw();
	watch({ allowed: may, always: purpose => choose({ [purpose]: true }, 'always-allow') });
	listen(
		() => {
			const { receipt: held, kept } = receipt.standing();
			return {
				on: choosable(state, may),
				chosen: !!state.choice,
				date: chosen().date,
				gpc: receipt.gpc(),
				receipt: held && { receipt: held.receipt, token: held.token },
				kept,
			};
		},
		({ on, method, edition }) => choose(on, method, edition),
	);
	window.latchkey = make(
		{
			choices: () => chosen().choices,
			allowed: may,
			open: view => open(view),
			set: on => choose({ ...on }, 'api'),
			withdraw: () => choose(everything(state, false), 'api'),
		},
		event => (event === 'ready' || (event === 'choice' && !!state.choice)) && (chosen() as any),
	);
	document.addEventListener('click', event => {
		const launcher = hit(event, 'latchkey');
		if (launcher) launch(launcher.dataset.latchkey!, launcher, event);
	});
	document.addEventListener('visibilitychange', reread);
	addEventListener('pageshow', reread);
	addEventListener('hashchange', arrive);
	addEventListener('online', receipt.send);
	// What is still to be sent goes out a little later, and not from all pages at once.
	loaded(() => setTimeout(receipt.send, 500 + Math.random() * 2500));
	emit('ready', chosen());
	arrive();
}

try {
	start();
} catch (error) {
	console.warn('Latchkey', error); // The page goes on without us, with everything that is marked inert.
}
