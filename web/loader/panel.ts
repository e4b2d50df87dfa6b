// The panel: a modal dialog with the privacy centre in a frame, and the
// messages between that frame and this page. This is the loader's second part:
// it comes only when a visitor asks for the panel, so that no other page pays for it.

import css from '../css/panel.css';
import type { Answers, Method } from './cookie';
import { focus } from './dom';
import { emit } from './events';
import { parseMessage } from './message';
import type { Kept } from './receipt';

/** What the loader hands over with each call. */
export interface Order {
	view: string;
	/** Address of the view. */
	url: string;
	opener: Element | null;
	/** A dialog, ready in the page but not shown. */
	dialog: HTMLDialogElement;
	/** What is on now, of the purposes that can be chosen, and the day of the choice if there is one. */
	state(): { on: Answers; date?: string };
	choose(on: Answers, method: Method, edition: string): void;
	/** Sends the receipts that wait. */
	send(): Promise<void>;
	/** What the device keeps of receipts. */
	kept(): Kept;
	/** Focuses the control, where the opener is gone. */
	home(): void;
	/** Gives a shadow root a style sheet more. */
	dress(inside: ShadowRoot, css: string): void;
}

let dressed = false;

/** The frame of the panel that is open. */
let frame: HTMLIFrameElement | undefined;

/** Opens a view, or goes to it in the panel that is open. */
export function open({ view, url, opener, dialog, state, choose, send, kept, home, dress }: Order): void {
	if (frame) {
		dialog.remove();
		frame.contentWindow!.location.replace(url);
		return;
	}
	if (!dressed) dress(dialog.getRootNode() as ShadowRoot, css);
	dressed = true;
	const { origin } = new URL(url);
	const current = (frame = document.createElement('iframe'));

	const tell = () => {
		const { q, r } = kept();
		const { on, date } = state();
		const waiting = q.length > 0;
		current.contentWindow?.postMessage(
			{
				latchkey: 1,
				type: 'state',
				on,
				chosen: !!date,
				date: date || '',
				gpc: (navigator as any).globalPrivacyControl === true,
				receipt: !waiting && r ? { receipt: r.receipt, token: r.token } : null,
				kept: waiting ? 'waiting' : r ? 'stored' : 'no',
			},
			origin,
		);
	};
	const hear = (event: MessageEvent) => {
		if (event.source !== current.contentWindow || event.origin !== origin) return;
		const message = parseMessage(event.data, Object.keys(state().on));
		if (message?.type === 'set') choose(message.on, message.method, message.edition);
		if (message?.type === 'size') current.style.height = message.height + 'px';
		if (message?.type === 'close') dialog.close();
	};
	addEventListener('message', hear);
	const chosen = () => {
		tell();
		send().then(tell);
	};
	document.addEventListener('latchkey:choice', chosen);

	dialog.addEventListener('click', event => {
		if ((event.target as Element).closest('[data-do=close]')) dialog.close();
	});
	dialog.addEventListener('close', () => {
		removeEventListener('message', hear);
		document.removeEventListener('latchkey:choice', chosen);
		dialog.remove();
		frame = undefined;
		// The opener may have gone with the banner.
		if (opener?.isConnected) focus(opener);
		else home();
		emit('close', { view });
	});
	current.title = dialog.getAttribute('aria-label')!;
	current.src = url;
	current.addEventListener('load', tell);
	dialog.append(current);
	dialog.showModal();
	emit('open', { view });
}
