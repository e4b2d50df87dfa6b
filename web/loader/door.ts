// The door to the panel. The panel's own code comes when it is first asked for.

import { choose, draw, state } from './consent';
import { build } from './dom';
import { dress, focusControl, root } from './layer';
import { held, send } from './receipt';
import { address, base, lang, site } from './site';

/** Opens a view of the centre. Where that can't be done in the page, the browser goes there. */
export function open(view: string, opener = document.activeElement): void {
	const url = address(view);
	if (!root) draw();
	import(`${base}/embed/panel.${site.x}.js`)
		.then(panel => panel.open({ view, url, opener, lang, root, build, state, choose, send, kept: held, home: focusControl, dress }))
		.catch(() => location.assign(url));
}

/** Opens a view for a click. One that asks for another tab or window is left to the browser. */
export function launch(view: string, from: Element, event: MouseEvent) {
	if (event.ctrlKey || event.metaKey || event.shiftKey) return;
	event.preventDefault();
	open(view, from);
}
