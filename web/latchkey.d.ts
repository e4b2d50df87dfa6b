// Types of window.latchkey, for web teams that write TypeScript. Copy this file
// into your project; every Latchkey server has it at /embed/latchkey.d.ts. What
// the names mean in use is in the documentation, at /docs/reference.

/** On or off, by purpose, such as { statistics: true, marketing: false }. */
export type Choices = Record<string, boolean>;

/**
 * How a choice was made:
 * - `accept-all`, `reject-all`: with the button of that name, in the banner or the panel
 * - `save`: with switches set one by one
 * - `withdraw`: everything off again, after a yes
 * - `always-allow`: on the placeholder of something blocked
 * - `api`: by the page, with {@link Latchkey.set} or {@link Latchkey.withdraw}
 * - `object`: an objection to what runs without consent
 * - `allow-once`: one blocked element, on this page only. It stands on receipts, and never in a choice that you are told of.
 */
export type Method = 'accept-all' | 'reject-all' | 'save' | 'withdraw' | 'always-allow' | 'api' | 'object' | 'allow-once';

/** A choice as told to listeners. */
export interface ChoiceDetail {
	/** As {@link Latchkey.choices}. */
	on: Choices;
	/** How it was made. Missing if there is no choice yet. */
	method?: Method;
	/** Day of the choice, in UTC, YYYY-MM-DD. Missing if there is no choice yet. */
	date?: string;
	/** Whether the browser sent Global Privacy Control when the choice was made. Missing if there is no choice yet. */
	gpc?: boolean;
}

/** What is still on the device of purposes that were withdrawn. */
export interface LeftoverDetail {
	/** Each as its kind and its name, such as "cookie _ga", "storage _hjSession" or "database clarity". Never empty. */
	items: string[];
}

/** A view of the privacy centre: "preferences", "notice", "notice:ENTITY", "request", "request:KIND" or "receipt". */
export type View = string;

/** Events, and what their listeners get. On document they are called latchkey:ready and so on, with this as their detail. */
export interface Events {
	/** Latchkey has read the visitor's choice, if there is one. */
	ready: ChoiceDetail;
	/** The visitor chose or objected, here or in another tab, or the page did with {@link Latchkey.set}. */
	choice: ChoiceDetail;
	/** The panel opened. */
	open: { view: View };
	/** The panel closed. */
	close: { view: View };
	/** A check after a withdrawal has found what scripts of the purpose left, or have set again. */
	leftover: LeftoverDetail;
}

/** window.latchkey, as the loader makes it and, before it is there, the stub. */
export interface Latchkey {
	/** Resolved once Latchkey has read the visitor's choice. It stays open for ever where Latchkey can't be reached. */
	readonly ready: Promise<Latchkey>;
	/**
	 * The visitor's choice: true or false for each purpose that was answered.
	 * A purpose is missing as long as the visitor has not answered it.
	 */
	choices(): Choices;
	/** Whether technologies of the purpose may run now. Always false for a purpose that the site does not have, and until Latchkey is there. */
	allowed(purpose: string): boolean;
	/** Opens the panel. */
	open(view: View): void;
	/** Makes a choice for the visitor, who must have asked for it. Purposes that are left out keep their setting. */
	set(choices: Choices): void;
	/** Takes every consent back. */
	withdraw(): void;
	/**
	 * Listens. Somebody who comes late is told of "ready", and of the "choice"
	 * that stands. To stop listening, use the events on document instead.
	 */
	on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): void;
}

/** What a site with data_layer switched on finds in window.dataLayer. */
export interface DataLayerEvent {
	event: 'latchkey_ready' | 'latchkey_choice';
	latchkey: ChoiceDetail;
}

/** The events as the document has them. */
export type DocumentEvents = { [E in keyof Events as `latchkey:${E}`]: CustomEvent<Events[E]> };

declare global {
	interface Window {
		/** Missing until the loader has run, unless the page has the stub. */
		latchkey?: Latchkey;
	}
	interface DocumentEventMap extends DocumentEvents {}
}
