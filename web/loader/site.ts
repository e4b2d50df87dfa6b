// The site that this loader speaks for: the data that the server put into it,
// and what its script tag and the page say.

import type { Adapter } from './adapter';
import { html } from './dom';
import { language } from './language';

/** A piece of the first layer: a text, or an element with its attributes (0 for none) and children. */
export type Tree = string | [tag: string, attributes?: Record<string, string> | 0, ...children: Tree[]];

/**
 * 0: essential, always on. 1: by consent. 2: exempt, on until the visitor objects.
 * 3: by consent, and refused by Global Privacy Control. In the site's order.
 */
export type Purposes = Record<string, 0 | 1 | 2 | 3>;

/** The first layer in one language. */
export interface Words {
	/** Id of the edition, by which a receipt says what was shown. */
	e: string;
	/** Banner, where there is something to ask. */
	b?: Tree;
	/** Privacy control. */
	c: Tree;
}

/** What the server puts in place of LATCHKEY. Names are short because every visitor pays for them. */
export interface Site {
	/** Site id. */
	s: string;
	/** Revision of the questions, see consent.Revision. */
	r: string;
	/** Months that a choice stands. */
	m: number;
	/** Where the cookie belongs: its Path attribute, and its Domain if it is shared. */
	c: string;
	p: Purposes;
	/** Hash in the names of the parts. */
	x: string;
	/** 1: the server renews the cookie by Set-Cookie, from a host of the site's. */
	f?: 1;
	/** Adapters that the site uses. */
	v?: Adapter[];
	/** Style sheet of the first layer. */
	css: string;
	/** Default language. */
	d: string;
	/** First layer by language. */
	l: Record<string, Words>;
}

declare const LATCHKEY: Site;

export const site = LATCHKEY;

const script = document.currentScript as HTMLScriptElement;

/** Address of the server: what stands before /embed/SITE.js. */
export const base = script.src.split('/embed/')[0];

export const {
	/** Of the page's content security policy, if our script tag carries one. */
	nonce,
	// Only a script has one. An image called currentScript, in what a stranger wrote, must not say where our parts come from.
	text: {},
	dataset: { entity, lang: wanted },
} = script;
const known = Object.keys(site.l);

export const lang = language(known, wanted) || language(known, html.lang) || site.d;

export const words = site.l[lang];

/** Address of a view of the centre, such as "request:access". */
export const address = (view: string): string =>
	`${base}/${site.s}/${view === 'notice' && entity ? 'notice/' + entity : view.replace(':', '/')}?lang=${lang}`;

/** Fetches a part of the loader that only some visits need. */
export const part = (name: string): Promise<any> => import(`${base}/embed/${site.s}.${name}.${site.x}.js`);

/** The browser sends Global Privacy Control (https://www.w3.org/TR/gpc/). */
export const gpc: boolean = (navigator as any).globalPrivacyControl === true;
