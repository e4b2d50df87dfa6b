// What the adapters of web/loader/adapters are: code that only some sites need
// (a vendor's consent signal, dataLayer events, the debug overlay). The server puts
// those that a site uses into its loader, so that no other site pays for them.

import type { Kit } from './kit';

/** What an adapter works with, of what the loader lends. */
export type Lent = Pick<Kit, 'may' | 'told' | 'part'>;

/**
 * Starts when the stored choice has been read, before anything is released. What
 * it returns is called once after every decision, before anything is released,
 * deleted or loaded again. What it throws is nobody else's trouble.
 */
export type Adapter = (kit: Lent) => void | (() => void);

/** What a file of web/loader/adapters exports: an adapter made for a site's settings. */
export type Make<Settings> = (settings: Settings) => Adapter;
