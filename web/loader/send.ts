// A part of the loader: it sends the receipts that wait. The server knows an
// event by its id, so one that is sent twice counts once. It brings along what the
// banner needs a little later than it is drawn.

import { formatCookie, METHODS, type Answers, type Choice } from './cookie';
import { ofDocument } from './dom';
import { json } from './json';
import type { Kit } from './kit';
import type { Kept, Note, Receipt } from './receipt';
import { room } from './room';
import type { Site } from './site';
import { choosable, own } from './state';
import { write } from './write';
import type { ChoiceDetail } from '../latchkey';

/** Address of the server, which this comes from. */
const base = import.meta.url.split('/embed/')[0];

/** The receipt of a choice made in this page, even where the device is to keep none. */
let latest: Receipt | undefined;
let sending: Promise<unknown> = Promise.resolve();
let timer: number | undefined;
let started = false;
/** What was noted in this page, by event, until it is answered. Pages that note at the same time overwrite what the other has stored. */
const here = new Map<string, Kept['q'][0] | undefined>();

/** Sends what waits, one after the other. Settles when all is sent, or has to wait longer, with what is then held: kept, and latest. */
export function send(kit: Kit): Promise<Kept> {
	if (!started) {
		room(kit.front);
		addEventListener('online', () => send(kit));
	}
	started = true;
	const { noted } = kit;
	if (noted && !here.has(noted[0].event)) here.set(noted[0].event, noted);
	const done = sending
		.then(() => {
			// The loader has noted what waits in words of the page's making, see json.ts.
			kit.load();
			keep(kit);
			return deliver(kit);
		})
		// No network, or an answer that is not the server's.
		.catch(() => 60)
		.then(wait => {
			clearTimeout(timer);
			// Pages that were turned away together do not come back together.
			if (wait) timer = setTimeout(send, wait * (1e3 + Math.random() * 1e3), kit) as any;
			return held(kit);
		});
	sending = done;
	return done;
}

/** Returns the seconds to wait if the server asks for patience. */
async function deliver(kit: Kit): Promise<number | undefined> {
	const { load, part, site } = kit;
	const { w } = load();
	if (w) {
		// After a withdrawal and the reload that followed, by when the page has had time to do it again.
		delete load().w;
		keep(kit);
		part('leave').then(leave => leave.check(w, kit));
	}
	// A page in a sandbox has no origin: the server can't know whose choice it would be.
	if (self.origin === 'null') return;
	// An earlier loader may have kept an answer that opens nothing.
	const before = load();
	if (before.r && !before.r.token) {
		delete before.r;
		keep(kit);
	}
	for (const event of new Set([...load().q.map(([{ event }]) => event), ...here.keys()])) {
		if (!(waits(kit, event) || here.get(event))) continue;
		const secret = secretOf(kit, event);
		const { r } = load();
		// As it stands now: those before it have changed what it follows, or another page has sent it.
		const [waiting, yes] = waits(kit, event) || here.get(event)!;
		const note = own(waiting);
		const answer = await fetch(
			base + '/api/receipts',
			own({
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: json({
					event,
					site: site.s,
					edition: note.edition,
					answers: answers(note.on, site),
					method: note.method,
					gpc: note.gpc,
					previous: note.previous,
					// An id is no secret: what opens the receipt that this one follows shows that it is the device's own.
					proof: r && r.receipt === note.previous ? r.token : undefined,
					secret,
					age: Math.floor(Math.max(0, Date.now() - note.age) / 1000),
				}),
				credentials: 'omit',
				keepalive: true,
				referrer: '',
			} as const),
		);
		const receipt: Receipt | undefined = answer.ok ? await answer.json() : undefined;
		// A refusal is for good, unless it asks for patience. What is neither that nor a receipt comes from something in between.
		const refused = /^4(?!08|25|29)/.test(String(answer.status)) && /problem\+json/.test(answer.headers.get('Content-Type')!);
		if (!refused && !isReceipt(receipt)) return +answer.headers.get('Retry-After')! || 60;
		// Before it is settled, so that the next page does it where this one ends here.
		if (site.f & 1 && receipt) await renew(kit).catch(() => {});
		if (receipt?.token) latest = receipt;
		// Another page has kept a secret of its own, at the same moment: by that one the next try may be known.
		else if (receipt && (kept(waits(kit, event)) || secret) !== secret) continue;
		settle(load(), note, yes && receipt?.token ? receipt : undefined);
		here.set(event, undefined);
		keep(kit);
	}
}

/** Whether an answer is one of the server's. */
const isReceipt = (answer: Receipt | undefined): boolean => /^[\da-f-]{36}$/.test(answer?.receipt!);

/** Takes receipts off the device that were erased; settles with what is then held. */
export function forget(kit: Kit, receipts: string[]): Kept {
	if (latest && receipts.includes(latest.receipt)) latest = undefined;
	const kept = kit.load();
	if (kept.r && receipts.includes(kept.r.receipt)) {
		delete kept.r;
		for (const [waiting] of kept.q) delete waiting.previous;
		keep(kit);
	}
	return held(kit);
}

/** What waits of an event, as it is kept. */
const waits = ({ load }: Kit, event: string): Kept['q'][0] | undefined => load().q.find(([waiting]) => waiting.event === event);

/** The secret that is kept with what waits. */
const kept = (entry: Kept['q'][0] | undefined): string | undefined => (entry && entry.length > 2 ? entry[2] : undefined);

/**
 * The secret of an event, by which the server knows who sends it again. It is kept with it before it is sent, so that
 * after an answer that was lost the same is sent, from whatever page of the site, and goes when it does.
 */
function secretOf(kit: Kit, event: string): string | undefined {
	const entry = waits(kit, event);
	const mine = here.get(event);
	let secret = kept(entry) || kept(mine) || random();
	if (entry && !kept(entry)) {
		entry[2] = secret;
		keep(kit);
		// What another page has kept at the same moment counts for both.
		secret = kept(waits(kit, event)) || secret;
	}
	if (mine) mine[2] = secret;
	return secret;
}

/** 128 random bits in base64url; nothing where a page has broken what that takes, for a choice without a secret counts as well. */
function random(): string | undefined {
	try {
		const text = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
			.replace(/\+/g, '-')
			.replace(/\//g, '_')
			.slice(0, 22);
		if (/^[\w-]{22}$/.test(text)) return text;
	} catch {}
}

/**
 * Takes a submission that was answered out of the queue. The receipt, if it is to be kept, takes the place
 * of the one before, and what waits follows it, so that each is sent with its proof and none is left out of the history.
 */
function settle(kept: Kept, { event, previous }: Note, receipt: Receipt | undefined): void {
	const rest = kept.q.filter(([waiting]) => waiting.event !== event);
	// Another page has sent it as well, and perhaps more since; unless that page was told nothing that opens it.
	if (rest.length === kept.q.length && kept.r?.receipt !== previous) return;
	kept.q = rest;
	if (!receipt) return;
	kept.r = receipt;
	for (const [waiting] of rest) waiting.previous = receipt.receipt;
}

/**
 * Has a server on the site itself give the cookie back, which browsers then keep for longer. The request ends with the
 * page: nobody else could see to it that a late answer does not bring back what was refused meanwhile.
 */
async function renew(kit: Kit): Promise<void> {
	const cookie = () => /(?:^| )latchkey=([^;]*)/.exec(ofDocument('cookie'))?.[1];
	// By then, a choice that another page has made at the same time is known here.
	await new Promise(done => setTimeout(done, 500));
	// The answer to another page's request may have brought back the cookie of before.
	if (kit.noted && tells(kit.noted[0], kit.told(), kit.site)) insist(kit);
	const sent = cookie();
	const choice = standing(kit);
	const ours = choice && sent === formatCookie(choice, kit.site.r);
	await fetch(base + '/api/cookie/' + kit.site.s, own({ method: 'POST', credentials: 'include', referrer: '' } as const));
	// What came back is what was sent. Where it says something else by now, another page has chosen.
	if (ours && cookie() === sent) insist(kit);
}

/** A choice in the words of POST /api/receipts (consent.Submission): every purpose that can be chosen. */
function answers(on: Answers, site: Site): Record<string, 'yes' | 'no' | 'not-asked'> {
	const said = own(on);
	const all: ReturnType<typeof answers> = {};
	for (const id of choosable(site.p)) all[id] = said[id] ? 'yes' : said[id] === undefined ? 'not-asked' : 'no';
	return all;
}

/** Whether a note tells of the choice that stands in this page. */
const tells = (note: Note, { on }: ChoiceDetail, site: Site): boolean => json(answers(note.on, site)) === json(answers(on, site));

/**
 * The choice that stands in this page; undefined without one. What is told is a copy, of which a page with a JSON
 * of its own may have made something else: the day comes from elsewhere, and without the rest there is none.
 */
function standing({ told, state }: Kit): Choice | undefined {
	const choice = { ...told(), date: state().date } as Choice;
	if (choice.date && Object.values(METHODS).includes(choice.method)) return choice;
}

/** Writes the page's choice again, if the cookie says another. An unchanged one is left: browsers keep what a server has set for longer. */
function insist(kit: Kit): void {
	const choice = standing(kit);
	if (choice && !ofDocument('cookie').includes('latchkey=' + formatCookie(choice, kit.site.r))) write(choice, kit.site);
}

/** Keeps what is held, in words that the next page can read. */
function keep({ load, save, site }: Kit): void {
	save();
	const kept = load();
	try {
		if (kept.q.length || kept.r || kept.w) localStorage.setItem('latchkey.' + site.s, json(kept));
	} catch {}
}

/** What is kept, and the receipt of a choice made in this page even where the device keeps none. */
const held = ({ load }: Kit): Kept => ({ ...load(), r: latest || load().r });
