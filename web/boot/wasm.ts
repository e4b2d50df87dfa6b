// The WebAssembly front end: when it is fetched, when it begins, and what
// happens if it doesn't (nothing: the page is complete without it).
import { adopt } from './adopt';

/** What wasm_exec.js of the Go distribution defines. */
declare class Go {
	importObject: WebAssembly.Imports;
	run(instance: WebAssembly.Instance): Promise<void>;
}

const root = document.documentElement;

/** Milliseconds without a key, pointer or scroll that count as a pause. */
const pause = 250;

let last = -pause; // when the person last did something
let pressed = false;
let composing = false;

function watch() {
	const seen = (event: Event) => {
		const { type } = event;
		last = performance.now();
		if (type.startsWith('comp')) composing = type !== 'compositionend';
		else if (type === 'pointerdown') pressed = true;
		else if (type.startsWith('point') || event.target === window) pressed = false;
	};
	const types = 'keydown input scroll pointerdown pointerup pointercancel compositionstart compositionend blur';
	for (const type of types.split(' ')) addEventListener(type, seen, { capture: true, passive: true });
}

/** Resolves in a pause, never while a pointer is down or a word is being composed. */
const quiet = () =>
	new Promise<void>(resolve => {
		const look = () => {
			if (pressed || composing || performance.now() - last < pause) setTimeout(look, 50);
			else resolve();
		};
		look();
	});

/** Keeps go-app from the browser's storage: it has nothing to keep there, and where storage is blocked it would stop. */
function forget() {
	const nothing = () => null;
	const value = { length: 0, key: nothing, getItem: nothing, setItem: nothing, removeItem: nothing, clear: nothing };
	for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { value });
}

/** Gives back what go-app takes: it puts itself behind every click, every step through the history and every resize. */
const release = () => (window.onclick = window.onpopstate = window.onresize = null);

function execute(src: string) {
	return new Promise((resolve, reject) => {
		const script = document.createElement('script');
		script.src = src;
		script.onload = resolve;
		script.onerror = reject;
		document.head.append(script);
	});
}

async function instantiate(response: Response, imports: WebAssembly.Imports) {
	if (!response.ok) throw new Error(String(response.status));
	// The streaming way insists on the media type. A proxy that gets it wrong should not matter.
	const program =
		response.headers.get('content-type') === 'application/wasm' && WebAssembly.instantiateStreaming
			? WebAssembly.instantiateStreaming(response, imports)
			: WebAssembly.instantiate(await response.arrayBuffer(), imports);
	return (await program).instance;
}

/** Fetches a program and the start script of its compiler. */
export async function load(wasm: string, exec: string, priority?: string) {
	const [response] = await Promise.all([fetch(wasm, { priority } as RequestInit), execute(exec)]);
	const go = new Go();
	return { go, instance: await instantiate(response, go.importObject) };
}

/** Runs the program, which takes over the page, and then calls after. It throws when the program ends. */
async function run(go: Go, instance: WebAssembly.Instance, after: () => void) {
	const focus = document.activeElement as HTMLInputElement | null;
	const [from, to] = [focus?.selectionStart, focus?.selectionEnd];
	const [x, y] = [scrollX, scrollY];
	const name = 'latchkey-takeover';
	performance.mark(name);
	forget();
	const stop = adopt(document.body.firstElementChild!, outcome => {
		performance.measure(name, name);
		release();
		root.dataset.takeover = outcome;
		if (outcome[0] === 'm') {
			console.warn('Latchkey: the page was not what its program expected.', outcome);
			const again = focus?.id && (document.getElementById(focus.id) as HTMLInputElement | null);
			if (again && again !== document.activeElement) {
				again.focus({ preventScroll: true });
				if (from != null) again.setSelectionRange(from, to!);
			}
			scrollTo({ left: x, top: y, behavior: 'instant' });
		}
		after();
	});
	try {
		await go.run(instance);
		throw new Error('The program ended.');
	} finally {
		stop();
		release();
		root.classList.remove('live');
		root.dataset.takeover = 'failed';
	}
}

/**
 * Fetches the program once the page is loaded and idle, and lets it take over
 * in a pause; after is called then. It stays away from somebody who saves data,
 * and where WebAssembly is switched off.
 */
export function live({ wasm, exec }: DOMStringMap, after: () => void): void {
	const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
	if (!wasm || !exec || saving || !window.WebAssembly) return;
	watch();
	const begin = async () => {
		try {
			const { go, instance } = await load(wasm, exec, 'low');
			await quiet();
			await run(go, instance, after);
		} catch (error) {
			console.info('Latchkey: this page goes on without WebAssembly.', error);
		}
	};
	// Safari has no requestIdleCallback.
	const idle = window.requestIdleCallback ?? (f => setTimeout(f, 300));
	addEventListener('load', () => idle(() => void begin(), { timeout: 3000 }));
}
