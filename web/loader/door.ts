// The door to the panel. The panel's own code comes when it is first asked for.

import { draw } from './consent';
import { ofDocument } from './dom';
import { kit } from './kit';
import { root } from './layer';
import { address, part } from './site';

/** Opens a view of the centre. Where that can't be done in the page, the browser goes there. */
export function open(view: string, opener = ofDocument('activeElement')): void {
	const url = address(view);
	if (!root) draw();
	part('panel')
		.then(panel => panel.open(kit(), view, url, opener))
		.catch(() => location.assign(url));
}

/** Opens a view for a click. One that asks for another tab or window is left to the browser. */
export function launch(view: string, from: Element, event: MouseEvent) {
	if (event.ctrlKey || event.metaKey || event.shiftKey) return;
	event.preventDefault();
	open(view, from);
}
