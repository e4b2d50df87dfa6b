// The loader: what a site's one script tag brings. It draws the first layer,
// keeps the page's marked elements inert until their purpose is on, remembers
// the choice in a cookie of the site, and sends the receipt. The build wraps all
// of it in a try: whatever fails here, the page goes on, with what is marked inert.

import type { Latchkey } from '../latchkey';
import { choice, choose, chooseAll, draw, may, refresh, reread, signals, state, told } from './consent';
import { listen } from './dom';
import { launch, open } from './door';
import { emit } from './events';
import { follow, release, watch } from './gate';
import { kit } from './kit';
import { load, send } from './receipt';
import { site } from './site';

/** Opens the preferences where the address asks for them. */
function arrive() {
	if (location.hash !== '#latchkey-preferences') return;
	// Gone from the address, the same link works again, and a reload does not open the panel again.
	history.replaceState(history.state, '', location.href.split('#')[0]);
	open('preferences');
}

/** Sends what waits, if anything does. */
function look() {
	const { q, w } = load();
	if (q.length || w || !state().chosen) send();
}

/** stub is the page's, or one that nobody has called: see web/stub.js. */
function start(stub: any) {
	reread();
	if (!state().chosen) draw();
	for (const adapter of site.v) {
		try {
			signals.push(adapter(kit()));
		} catch {}
	}
	release();
	watch();
	listen('latchkey:choice', follow);
	// What a page has called before we were here stands in the stub's queue.
	const api = (window.latchkey = Object.assign(stub, {
		choices: () => told().on,
		allowed: may,
		open,
		set: choices => choose(choices, 'api'),
		withdraw: () => chooseAll(false, 'api'),
		on(event, listener) {
			if (event === 'ready' || (event === 'choice' && choice)) setTimeout(listener as () => void, 0, told());
			listen('latchkey:' + event, e => listener((e as CustomEvent).detail));
		},
	} as Latchkey));
	api.r(api);
	for (const [name, ...rest] of api.q) api[name](...rest);
	delete api.q;
	listen('click', event => {
		// The innermost of the event's path that is one, open shadow roots included.
		for (const node of event.composedPath() as HTMLElement[]) {
			const view = node.getAttribute?.('data-latchkey');
			if (view) return launch(view, node, event);
		}
	});
	listen('visibilitychange', refresh);
	addEventListener('pageshow', refresh);
	addEventListener('hashchange', arrive);
	setTimeout(() => {
		// Another tab of the site notes a choice there. To listen opens the storage, for which the browser keeps the page waiting.
		addEventListener('storage', refresh);
		// Where the script came when the page had been shown, or the page does not finish.
		refresh();
	}, 500);
	// What still waits goes out a little later, and not from all pages at once. Where a choice can be
	// expected, what sends it is fetched meanwhile.
	setTimeout(look, 1000 + Math.random() * 2000);
	emit('ready', told());
	arrive();
}

// A page may carry the tag twice, and have the stub. An element of the page called latchkey is neither: it is no property of the window's own.
const there = window.propertyIsEnumerable('latchkey') && (window.latchkey as any);
if (!there.ready || there.q) start(there || { q: [], r: (api: any) => (api.ready = Promise.resolve(api)) });
