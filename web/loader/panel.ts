// The panel: a modal dialog with the privacy centre in a frame, and the
// messages between that frame and this page.

import { choice, choose, may } from './consent';
import { build, focus } from './dom';
import { emit } from './events';
import { focusControl, root } from './layer';
import { parseMessage } from './message';
import { gpc, standing } from './receipt';
import { address, base, site, words } from './site';
import { answers } from './state';

let dialog: HTMLDialogElement | undefined;
let frame: HTMLIFrameElement;

/** Begins to listen to the centre. */
export function listen(): void {
	addEventListener('message', event => {
		if (!dialog || event.source !== frame.contentWindow || event.origin !== base) return;
		const message = parseMessage(event.data, site.p);
		if (message?.type === 'set') choose(message.on, message.method, message.edition);
		if (message?.type === 'size') frame.style.height = message.height + 'px';
		if (message?.type === 'close') close();
	});
}

/** Tells the centre, if it is open, how things stand. */
export function tell(): void {
	if (dialog)
		frame.contentWindow!.postMessage(
			{ latchkey: 1, type: 'state', on: answers(site.p, may), chosen: !!choice, date: choice?.date || '', gpc: gpc(), ...standing() },
			base,
		);
}

/** Opens a view of the centre, or goes to it in the panel that is open. Without dialogs in the browser it is the page itself. */
export function open(view: string, opener = document.activeElement): void {
	const url = address(view);
	if (dialog) return frame.contentWindow!.location.replace(url);
	if (!window.HTMLDialogElement) return location.assign(url);
	dialog = build(words.w) as HTMLDialogElement;
	frame = document.createElement('iframe');
	frame.title = dialog.getAttribute('aria-label')!;
	frame.src = url;
	frame.onload = tell;
	dialog.append(frame);
	dialog.onclose = () => {
		dialog!.remove();
		dialog = undefined;
		// The opener may have gone with the banner.
		if (opener?.isConnected) focus(opener);
		else focusControl();
		emit('close', { view });
	};
	root.append(dialog);
	dialog.showModal();
	emit('open', { view });
}

export const close = (): void => dialog?.close();
