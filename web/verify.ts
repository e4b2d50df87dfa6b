/**
 * The check of a receipt, fetched when somebody asks for it (boot/page.ts). It runs
 * cmd/proof, the same Go that checks receipts at a prompt, on what is on the page or
 * in a file of the person's own, which stays on their device.
 */
import { say } from './boot/proof';
import { load } from './boot/wasm';

/** What cmd/proof returns. */
interface Found {
	result: string;
	why?: string;
	time: string;
	controller: string;
	purposes: { id: string; answer: string }[];
	index: number;
	size: number;
	signers: string[];
}

type Verify = (file: string, keys: string) => string;

let program: Promise<Verify> | undefined;

async function start({ program: wasm, exec }: DOMStringMap): Promise<Verify> {
	const { go, instance } = await load(wasm!, exec!);
	void go.run(instance); // it runs until it waits, and by then it has put its function there
	return (window as unknown as { latchkeyVerify: Verify }).latchkeyVerify;
}

async function text(address: string, init?: RequestInit): Promise<string> {
	const response = await fetch(address, { cache: 'no-store', ...init });
	if (!response.ok) throw new Error(String(response.status));
	return response.text();
}

/** The receipt on the page, fetched with the code that the page shows it by. */
function receipt(address: string): Promise<string> {
	const { value } = document.querySelector<HTMLInputElement>('#receipt [name=code]')!;
	const dot = value.indexOf('.');
	const headers = { Authorization: 'Bearer ' + value.slice(dot + 1) };
	return text(address + value.slice(0, dot) + '/file', { headers });
}

/** Puts what a genuine receipt says beside the words for it. */
function fill(section: HTMLElement, found: Found): void {
	const lang = document.documentElement.lang;
	const words = JSON.parse(section.dataset.words!) as Record<string, string>;
	const when = new Date(found.time);
	const facts: Record<string, string> = {
		stored: when.toLocaleString(lang, { dateStyle: 'long', timeStyle: 'medium', timeZone: 'Europe/London' } as Intl.DateTimeFormatOptions),
		controller: found.controller,
		answers: found.purposes.map(({ id, answer }) => id + ': ' + (words[answer] ?? answer)).join(', '),
		leaf: found.index + 1 + ' / ' + found.size,
		signer: found.signers.join(', '),
	};
	for (const slot of section.querySelectorAll<HTMLElement>('[data-fill]')) slot.textContent = facts[slot.dataset.fill!];
}

/** Checks the receipt on the page, or the one in the file that was chosen, and says what came of it. */
export async function check(section: HTMLElement, what: string): Promise<void> {
	const chosen = section.querySelector<HTMLInputElement>('#proof-file')!;
	const own = section.querySelector<HTMLTextAreaElement>('#proof-keys')!;
	const file = chosen.files?.[0];
	if (what === 'file' && !file) {
		say(section, 'nofile');
		chosen.focus();
		return;
	}
	program ??= start(section.dataset);
	program.catch(() => (program = undefined)); // so that it can be tried again
	const [verify, content, keys] = await Promise.all([
		program,
		what === 'file' ? new Response(file).text() : receipt(section.dataset.receipts!),
		own.value.trim() || text(section.dataset.keys!),
	]);
	const found = JSON.parse(verify(content, keys)) as Found;
	if (found.result === 'genuine') fill(section, found);
	if (found.why) console.info('Latchkey:', found.why);
	say(section, found.result);
}
