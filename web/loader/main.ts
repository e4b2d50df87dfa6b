// The loader: what a site's one script tag brings. It draws the first layer,
// keeps the page's marked elements inert until their purpose is on, remembers
// the choice in a cookie of the site, and sends the receipt. The build wraps all
// of it in a try: whatever fails here, the page goes on, with what is marked inert.

import type { Latchkey } from '../latchkey';
import { choice, choose, chooseAll, draw, may, reread, told } from './consent';
import { hit } from './dom';
import { launch, open } from './door';
import { emit } from './events';
import { follow, release, watch } from './gate';
import { root, unhide } from './layer';
import { send } from './receipt';

/** Opens the preferences where the address asks for them. */
function arrive() {
	if (location.hash !== '#latchkey-preferences') return;
	// Gone from the address, the same link works again, and a reload does not open the panel again.
	history.replaceState(history.state, '', location.href.split('#')[0]);
	open('preferences');
}

/**
 * Looks again at what other pages may have changed, when this one comes into view: at first, and out of the browser's cache.
 * Who has chosen already is not kept from a page by the control: it is drawn when the page has loaded.
 */
function refresh() {
	unhide();
	if (reread()) {
		draw();
		emit('choice', told());
	}
	if (!root) draw();
}

function start() {
	reread();
	if (!choice) draw();
	release();
	watch();
	document.addEventListener('latchkey:choice', follow);
	const api = (window.latchkey = {
		choices: () => told().on,
		allowed: may,
		open,
		set: choices => choose({ ...choices }, 'api'),
		withdraw: () => chooseAll(false, 'api'),
		on(event, listener) {
			if (event === 'ready' || (event === 'choice' && choice)) setTimeout(listener as () => void, 0, told());
			document.addEventListener('latchkey:' + event, e => listener((e as CustomEvent).detail));
		},
	} as { -readonly [K in keyof Latchkey]: Latchkey[K] });
	api.ready = Promise.resolve(api);
	document.addEventListener('click', event => {
		const launcher = hit(event, 'latchkey');
		if (launcher) launch(launcher.dataset.latchkey!, launcher, event);
	});
	document.addEventListener('visibilitychange', refresh);
	addEventListener('pageshow', refresh);
	addEventListener('hashchange', arrive);
	addEventListener('online', send);
	// Where the script came when the page had been shown, or the page does not finish.
	setTimeout(refresh, 500);
	// What still waits goes out a little later, and not from all pages at once.
	setTimeout(send, 1000 + Math.random() * 2000);
	emit('ready', told());
	arrive();
}

// A page may carry the tag twice.
if (!window.latchkey?.ready) start();
