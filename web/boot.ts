/**
 * The boot script of the privacy centre: synchronous, first thing in the head of
 * our own pages. The pages are complete without it. It knows whether the page
 * is in a panel, speaks with the host page around it, and starts the WebAssembly
 * front end when there is time.
 *
 *   <script src="boot.HASH.js" data-origins="https://a.example https://b.example"
 *           data-wasm="app.HASH.wasm" data-exec="wasm_exec.HASH.js"></script>
 */
import { keepDraft } from './boot/draft';
import { host } from './boot/host';
import { arrive, listen, measure, show } from './boot/page';
import type { State } from './boot/state';
import { live } from './boot/wasm';

const { dataset } = document.currentScript as HTMLScriptElement;
const { classList } = document.documentElement;
classList.add('js');
if (parent !== window) classList.add('framed');

let state: State | undefined;
let tell: (() => void) | undefined;
const update = (): void => {
	if (!state || document.readyState === 'loading') return;
	show(state, say);
	tell?.();
};
const say = host((dataset.origins ?? '').split(' '), heard => {
	state = heard;
	update();
});
listen(say);
keepDraft();
document.addEventListener('DOMContentLoaded', () => {
	tell = measure(say);
	update();
	arrive();
});
live(dataset, update);
