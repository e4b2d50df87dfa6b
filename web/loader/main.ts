// The loader: what a site's one script tag brings. It draws the first layer,
// keeps the page's marked elements inert until their purpose is on, remembers
// the choice in a cookie of the site, and sends the receipt. The build wraps all
// of it in a try: whatever fails here, the page goes on, with what is marked inert.

import type { Latchkey } from '../latchkey';
import { choice, choose, chooseAll, draw, may, refresh, reread, signals, state, told } from './consent';
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
	if (q[0] || w || !state().chosen) send();
}

function start(stub?: any) {
	reread();
	if (!state().chosen) draw();
	for (const adapter of site.v || []) {
		try {
			signals.push(adapter(kit()));
		} catch {}
	}
	release();
	watch();
	document.addEventListener('latchkey:choice', follow);
	// What a page has called before we were here stands in the stub's queue.
	const api = (window.latchkey = Object.assign(stub?.q ? stub : {}, {
		choices: () => told().on,
		allowed: may,
		open,
		set: choices => choose({ ...choices }, 'api'),
		withdraw: () => chooseAll(false, 'api'),
		on(event, listener) {
			if (event === 'ready' || (event === 'choice' && choice)) setTimeout(listener as () => void, 0, told());
			document.addEventListener('latchkey:' + event, e => listener((e as CustomEvent).detail));
		},
	} as Latchkey));
	if (api.r) api.r(api);
	else api.ready = Promise.resolve(api);
	for (const [name, ...rest] of api.q || []) api[name](...rest);
	delete api.q;
	document.addEventListener('click', event => {
		// The innermost of the event's path that is one, open shadow roots included.
		const launcher = (event.composedPath() as HTMLElement[]).find(node => node.dataset?.latchkey);
		if (launcher) launch(launcher.dataset.latchkey!, launcher, event);
	});
	document.addEventListener('visibilitychange', refresh);
	addEventListener('pageshow', refresh);
	addEventListener('hashchange', arrive);
	addEventListener('online', look);
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

// A page may carry the tag twice.
const there = window.latchkey as any;
if (!there?.ready || there.q) start(there);
