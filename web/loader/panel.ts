// The panel: a modal dialog with the privacy centre in a frame, and the
// messages between that frame and this page.

import { build } from './dom';
import { emit } from './api';
import { focusControl, root } from './layer';
import { parseMessage, type Message } from './message';
import { address, base, site, words } from './site';

let dialog: HTMLDialogElement | undefined;
let frame: HTMLIFrameElement;
/** What the centre is told about the choice. */
let state: () => object;

/** Begins to listen to the centre. set is called with a choice made there. */
export function listen(tell: () => object, set: (message: Extract<Message, { type: 'set' }>) => void): void {
	state = tell;
	addEventListener('message', event => {
		if (!dialog || event.source !== frame.contentWindow || event.origin !== base) return;
		const message = parseMessage(event.data, site.p);
		if (!message) return;
		if (message.type === 'set') set(message);
		else if (message.type === 'size') frame.style.height = message.height + 'px';
		else close();
	});
}

/** Tells the centre, if it is open, how things stand. */
export function tell(): void {
	if (dialog) frame.contentWindow!.postMessage({ latchkey: 1, type: 'state', ...state() }, base);
}

/** Opens a view of the centre, or goes to it in the panel that is open. Without dialogs in the browser it is the page itself. */
export function open(view: string, opener: Element | null = document.activeElement): void {
	const url = address(view);
	if (!url) return console.warn('Latchkey has no view ' + view);
	if (dialog) return frame.contentWindow!.location.replace(url);
	if (!window.HTMLDialogElement) return location.assign(url);
	dialog = build(words.w) as HTMLDialogElement;
	frame = document.createElement('iframe');
	frame.title = dialog.getAttribute('aria-label') || '';
	frame.src = url;
	frame.onload = tell;
	dialog.append(frame);
	dialog.onclose = () => {
		dialog!.remove();
		dialog = undefined;
		// The opener may have gone with the banner.
		if (opener?.isConnected) (opener as HTMLElement).focus({ preventScroll: true });
		else focusControl();
		emit('close', { view });
	};
	root.append(dialog);
	dialog.showModal();
	emit('open', { view });
}

export const close = (): void => dialog?.close();
