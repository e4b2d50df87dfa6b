// Types of window.latchkey, for web teams that write TypeScript. Copy this file
// into your project, or refer to it.

/** On or off, by purpose, such as { statistics: true, marketing: false }. */
export type Choices = Record<string, boolean>;

/** How a choice was made. */
export type Method = 'accept-all' | 'reject-all' | 'save' | 'withdraw' | 'always-allow' | 'api';

/** A choice as told to listeners. */
export interface ChoiceDetail {
	/** As {@link Latchkey.choices}. */
	on: Choices;
	/** How it was made. Missing if there is no choice yet. */
	method?: Method;
	/** Day of the choice, YYYY-MM-DD. Missing if there is no choice yet. */
	date?: string;
}

/** A view of the privacy centre: "preferences", "notice", "notice:ENTITY", "request", "request:KIND" or "receipt". */
export type View = string;

/** Events, and what their listeners get. On document they are called latchkey:ready and so on, with this as their detail. */
export interface Events {
	/** Latchkey has read the visitor's choice, if there is one. */
	ready: ChoiceDetail;
	/** The visitor chose, or the page did with {@link Latchkey.set}. */
	choice: ChoiceDetail;
	/** The panel opened. */
	open: { view: View };
	/** The panel closed. */
	close: { view: View };
}

export interface Latchkey {
	/** Resolved once Latchkey has read the visitor's choice. */
	readonly ready: Promise<Latchkey>;
	/**
	 * The visitor's choice: true or false for each purpose that was asked about.
	 * A purpose is missing as long as the visitor has not chosen.
	 */
	choices(): Choices;
	/** Whether technologies of the purpose may run now. Always false for a purpose that the site does not have. */
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

declare global {
	interface Window {
		latchkey?: Latchkey;
	}
}
