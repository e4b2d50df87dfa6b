// The site that this loader speaks for: the data that the server put into it,
// and what its script tag and the page say.

import { language } from './language';

/** A piece of the first layer: a text, or an element with its attributes (0 for none) and children. */
export type Tree = string | [tag: string, attributes?: Record<string, string> | 0, ...children: Tree[]];

/** 0: essential, always on. 1: by consent. 2: exempt, on until the visitor objects. In the site's order. */
export type Purposes = Record<string, 0 | 1 | 2>;

/** The first layer in one language. */
export interface Words {
	/** Id of the edition, by which a receipt says what was shown. */
	e: string;
	/** Banner. */
	b: Tree;
	/** Privacy control. */
	c: Tree;
	/** Placeholder of a blocked frame. */
	h: Tree;
	/** Names of the purposes, for placeholders. */
	n: Record<string, string>;
}

/** What the server puts in place of LATCHKEY. Names are short because every visitor pays for them. */
export interface Site {
	/** Site id. */
	s: string;
	/** Revision of the questions, see consent.Revision. */
	r: string;
	/** Months that a choice stands. */
	m: number;
	/** Path of the cookie. */
	c: string;
	p: Purposes;
	/** Hash in the name of the panel's code. */
	x: string;
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

/** Nonce of the page's content security policy, if our script tag carries one. */
export const { nonce } = script;

const { entity, lang: wanted } = script.dataset;
const known = Object.keys(site.l);

export const lang = language(known, wanted) || language(known, document.documentElement.lang) || site.d;

export const words = site.l[lang];

/** Address of a view of the centre, such as "request:access". */
export const address = (view: string): string =>
	`${base}/${site.s}/${view === 'notice' && entity ? 'notice/' + entity : view.replace(':', '/')}?lang=${lang}`;
