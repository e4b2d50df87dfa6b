// The panel: a modal dialog with the privacy centre in a frame, and the
// messages between that frame and this page. This is the loader's second part:
// it comes only when a visitor asks for the panel, so that no other page pays for it.

import css from '../css/panel.css';
import { create, focus, listen } from './dom';
import { emit } from './events';
import type { Kit } from './kit';
import { parseMessage } from './message';
import type { Tree } from './site';

/** The dialog around the frame, by language: the server puts it here. */
declare const LATCHKEY: Record<string, Tree>;

/** The page's own fragment, kept here while its address ends in #latchkey-preferences, which the loader obeys when a page arrives. */
let fragment: string | undefined;

/** Makes the panel open again, or not, if this page is loaded again. */
function comeBack(open: boolean) {
	if (open) fragment ??= location.hash;
	if (fragment === undefined) return;
	history.replaceState(history.state, '', location.href.split('#')[0] + (open ? '#latchkey-preferences' : fragment));
	if (!open) fragment = undefined;
}

let dressed = false;

/** The frame of the panel that is open. */
let frame: HTMLIFrameElement | undefined;

/** The panel in which a request may have been begun, while it shows the page it was opened with: to close it loses nothing. */
let begun: { url: string; dialog: HTMLDialogElement; frame: HTMLIFrameElement } | undefined;

/** Opens a view, which stands at url, or goes to it in the panel that is open. */
export function open(kit: Kit, view: string, url: string, opener: Element | null): void {
	const { lang, root, build, state, choose, send, load, home, dress, part } = kit;
	// A page in a sandbox has an origin that no site lists: it may not frame the centre, only give way to it.
	if (self.origin === 'null') return location.assign(url);
	if (frame) {
		frame.contentWindow!.location.replace(url);
		return;
	}
	if (!dressed) dress(root(), css);
	dressed = true;
	const again = begun?.url === url ? begun : undefined;
	if (!again) begun?.dialog.remove();
	const dialog = again?.dialog ?? (build(LATCHKEY[lang]) as HTMLDialogElement);
	if (!again) root().append(dialog);
	const { origin, pathname } = new URL(url);
	const current = (frame = again?.frame ?? create('iframe'));
	begun = /\/request\b/.test(pathname) ? { url, dialog, frame: current } : undefined;

	let kept = load();
	const show = (now: typeof kept) => {
		kept = now;
		tell();
	};
	const deliver = () => send().then(show);
	let loaded = !!again;
	const tell = () => {
		if (!loaded) return; // It is not the centre's window yet.
		const { q, r } = kept;
		const { on, chosen, date } = state();
		const waiting = q.length > 0;
		current.contentWindow?.postMessage(
			{
				latchkey: 1,
				type: 'state',
				on,
				chosen,
				date: date || '',
				gpc: (navigator as any).globalPrivacyControl === true,
				receipt: !waiting && r?.token ? { receipt: r.receipt, token: r.token } : null,
				kept: waiting ? 'waiting' : r?.token ? 'stored' : 'no',
			},
			origin,
		);
	};
	const hear = (event: MessageEvent) => {
		if (event.source !== current.contentWindow || event.origin !== origin) return;
		const message = parseMessage(event.data, Object.keys(state().on));
		if (!message) return;
		if (message.type === 'set') choose(message.on, message.method, message.edition);
		if (message.type === 'size') current.style.height = message.height + 'px';
		if (message.type === 'close') dialog.close();
		// The device may keep a later receipt than those that were erased: then it stays.
		if (message.type === 'erased')
			part('send').then(({ forget }) => show(forget(kit, message.receipts)));
	};
	addEventListener('message', hear);
	const follow = () => {
		// Where a page has replaced addEventListener, a listener may stay for good.
		if (frame !== current) return;
		show(load());
		deliver();
		// If the page is loaded again, because something ran that may not any more, the panel comes back.
		comeBack(true);
	};
	listen('latchkey:choice', follow);

	dialog.onclick = event => {
		if ((event.target as Element).closest('[data-do=close]')) dialog.close();
	};
	dialog.onclose = () => {
		removeEventListener('message', hear);
		removeEventListener.call(document, 'latchkey:choice', follow);
		if (begun?.dialog !== dialog) dialog.remove();
		frame = undefined;
		comeBack(false);
		// The opener may have gone with the banner.
		if (opener?.isConnected) focus(opener);
		else home();
		emit('close', { view });
	};
	current.onload = () => {
		if (loaded && begun?.frame === current) begun = undefined; // It was sent, or they went elsewhere.
		loaded = true;
		tell();
	};
	// What waited may go now; and this page may know a receipt that the device does not keep.
	deliver();
	if (!again) {
		current.title = dialog.getAttribute('aria-label')!;
		current.src = url;
		dialog.append(current);
	}
	dialog.showModal();
	emit('open', { view });
}
