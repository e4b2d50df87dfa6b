// The site that this loader speaks for: the data that the server put into it,
// and what its script tag and the page say.

import type { Adapter } from './adapter';
import { html, ofDocument } from './dom';
import { language } from './language';
import { own } from './state';

/** A piece of the first layer: a text, or an element with its attributes (0 for none) and children. */
export type Tree = string | [tag: string, attributes?: Record<string, string> | 0, ...children: Tree[]];

/**
 * 0: essential, always on. 1: by consent. 2: exempt, on until the visitor objects.
 * 3: by consent, and refused by Global Privacy Control. In alphabetical order.
 */
export type Purposes = Record<string, 0 | 1 | 2 | 3>;

/** The first layer in one language. */
export interface Words {
	/** Id of the edition, by which a receipt says what was shown. */
	e: string;
	/** Banner; 0 where there is nothing to ask. */
	b: Tree | 0;
	/** Privacy control. */
	c: Tree;
	/** The language, of those that come as a part. */
	g?: string;
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
	/** Sum of 1: the server renews the cookie by Set-Cookie, from a host of the site's; and 2: marked scripts without a nonce get that of our script tag. */
	f: number;
	/** Adapters that the site uses. */
	v: Adapter[];
	/** Style sheet of the first layer. */
	css: string;
	/** First layer in the site's usual language, by that. */
	l: Record<string, Words>;
	/** Other languages, in which the first layer comes as a part. */
	o: string[];
}

declare const LATCHKEY: Site;

export const site = LATCHKEY;

// What a page has put into every object is no purpose of the site.
site.p = own(site.p);

const script = ofDocument('currentScript') as HTMLScriptElement;

/** Address of the server: what stands before /embed/SITE.js. */
export const base = script.src.split('/embed/')[0];

/** Of the page's content security policy, if our script tag carries one. */
export const nonce = script.nonce;

/** The site's usual language. */
export const [usual] = Object.keys(site.l);
const known = [usual, ...site.o];

/** First layer for this visitor: in the site's usual language until the page's own has come, see consent.ts. */
export const words = own(site.l[usual]);

export const lang = language(known, script.getAttribute('data-lang')) || language(known, html.lang) || usual;

export const foreign = lang !== usual;

const entity = script.getAttribute('data-entity');

/** Address of a view of the centre, such as "request:access". Whatever is asked for, it is an address of this site. */
export const address = (view: string): string =>
	`${base}/${site.s}/${(view === 'notice' && entity ? 'notice:' + entity : view).replace(/[^\w-]+/g, '/')}?lang=${lang}`;

/** Fetches a part of the loader that only some visits need. */
export const part = (name: string): Promise<any> => import(`${base}/embed/${site.s}.${name}.${site.x}.js`);

/** The browser sends Global Privacy Control (https://www.w3.org/TR/gpc/). */
export const gpc: boolean = (navigator as any).globalPrivacyControl === true;
