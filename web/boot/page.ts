// What the page does with script but without WebAssembly. Listeners sit on the
// document, so they hold before and after the WebAssembly front end takes over.
// The attributes that are set here are left alone by the components (attr.go:
// bootHidden), so neither side undoes the other's work.
import type { Method } from '../loader/cookie';
import type { Say } from './host';
import { verify } from './proof';
import type { State } from './state';

const root = document.documentElement;
const all = <E extends Element>(selector: string): E[] => [...document.querySelectorAll<E>(selector)];
const switches = (): HTMLInputElement[] =>
	all<HTMLInputElement>('#preferences input[name=on]').filter(box => !box.disabled);

let shown = ''; // the choice that the switches were last set to
let latest: State | undefined;
let before: State | undefined; // what held when a choice went to the host page
let asked = false; // for the receipt
let told = ''; // the receipts that the host page was told were erased
let pressed: HTMLButtonElement | null = null; // the button of the latest click

/** Makes the page say what the host page says. It may be called again with the same state. */
export function show(state: State, say: Say): void {
	const { on, kept, receipt, gpc } = (latest = state);
	root.classList.add('connected');
	for (const el of all<HTMLElement>('[data-when]')) el.hidden = el.dataset.when !== 'connected';
	for (const el of all<HTMLElement>('[data-kept]')) el.hidden = el.dataset.kept !== kept;
	for (const el of all<HTMLElement>('[data-say=saved]')) el.hidden = !before || before === state;
	for (const el of all<HTMLElement>('[data-gpc]')) el.hidden = !gpc || !!on[el.dataset.gpc!];
	for (const el of all<HTMLElement>('[data-stands]')) el.hidden = on[el.dataset.stands!] !== (el.dataset.now === 'on');
	objections(on);
	// The device need not keep what opens nothing any more.
	const { erased } = document.querySelector<HTMLElement>('[data-erased]')?.dataset ?? {};
	if (erased && erased !== told) say({ type: 'erased', receipts: (told = erased).split(' ') });
	// Only a new choice moves the switches: one that is being made is not to be lost.
	const choice = JSON.stringify(on);
	if (choice !== shown) for (const box of switches()) box.checked = on[box.value] ?? box.checked;
	shown = choice;
	// The receipt page asks for the receipt's code. The host page knows it.
	const code = document.querySelector<HTMLInputElement>('#receipt #code');
	if (receipt && code && !asked && !code.value && !code.ariaInvalid) {
		asked = true;
		code.value = receipt.receipt + '.' + receipt.token;
		code.form!.submit();
	}
}

/** Shows of every objection the half that fits what holds. The focus goes along from one half to the other. */
function objections(on: State['on']): void {
	const focused = document.activeElement?.closest<HTMLElement>('[data-exempt]');
	for (const el of all<HTMLElement>('[data-exempt]')) el.hidden = on[el.dataset.exempt!] !== (el.dataset.now === 'on');
	if (focused?.hidden)
		document.querySelector<HTMLElement>(`[data-exempt="${focused.dataset.exempt}"]:not([hidden]) button`)?.focus();
}

/** Whether a key is Escape, with nothing nearer to close than the panel. */
function escapes(event: KeyboardEvent): boolean {
	const el = event.target as HTMLInputElement;
	if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || event.keyCode === 229) return false;
	try {
		return !el.matches('select:open, input:open');
	} catch {
		return true; // a browser that doesn't know :open keeps the key to itself while a list is open
	}
}

/** Enter in a switch would press the form's first button, and that is not what was chosen. */
function onKeyPress(event: KeyboardEvent): void {
	const el = event.target as HTMLInputElement;
	if (event.key === 'Enter' && el.type === 'checkbox' && el.form?.id === 'preferences') event.preventDefault();
}

function onClick(event: MouseEvent): void {
	const el = event.target as Element;
	pressed = el.closest('button');
	if (el.closest('[data-do=print]')) print();
	if (pressed?.dataset.do === 'verify') void verify(pressed);
	const link = el.closest<HTMLAnchorElement>('a[href]');
	if (link && parent !== window && /^https?:$/.test(link.protocol) && link.origin !== location.origin) {
		link.target = '_blank';
		link.rel = 'noopener';
	}
}

function onSubmit(event: SubmitEvent, say: Say): void {
	const form = event.target as HTMLFormElement;
	if (form.id !== 'preferences') return;
	event.preventDefault();
	const button = (event.submitter as HTMLButtonElement | null | undefined) ?? pressed;
	const method = button?.value as Method;
	const on: Record<string, boolean> = {};
	const { purpose } = button?.dataset ?? {};
	// An objection, or one that is taken back, is about its purpose alone; the others leave those purposes as they are.
	if (purpose) on[purpose] = method !== 'object';
	else for (const box of switches()) on[box.value] = method === 'accept-all' || (method === 'save' && box.checked);
	shown = ''; // whatever is answered, the switches follow it
	before = latest;
	for (const el of all<HTMLElement>('[data-say]')) el.hidden = true; // so that it is said again
	const { edition, editionGpc } = form.dataset;
	say({ type: 'set', on, method, edition: (latest?.gpc && editionGpc) || edition || '' });
}

/** Puts the listeners up. */
export function listen(say: Say): void {
	document.addEventListener('keydown', event => escapes(event) && say({ type: 'close' }));
	document.addEventListener('keypress', onKeyPress);
	document.addEventListener('click', onClick);
	document.addEventListener('submit', event => onSubmit(event, say));
}

/**
 * Puts the focus on what a further page of a request says first, where the page
 * has come in a frame: nobody is told of that, and browsers give autofocus no heed there.
 */
export function arrive(): void {
	if (parent === window || !document.hasFocus() || document.activeElement !== document.body) return;
	document.querySelector<HTMLElement>('#problem, #heading')?.focus({ preventScroll: true });
}

/** Keeps the host page told how tall the page is. */
export function measure(say: Say): () => void {
	const tell = (): void => void say({ type: 'size', height: Math.ceil(document.body.getBoundingClientRect().height) });
	new ResizeObserver(tell).observe(document.body);
	return tell;
}
