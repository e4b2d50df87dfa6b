// The site that this loader speaks for: the data that the server put into it,
// and what its script tag and the page say.

/** A piece of the first layer: a text, or an element with its attributes (0 for none) and children. */
export type Tree = string | [tag: string, attributes?: Record<string, string> | 0, ...children: Tree[]];

/** 0: essential, always on. 1: by consent. 2: exempt, on until the visitor objects. */
export type Basis = 0 | 1 | 2;

/** The first layer in one language. */
export interface Words {
	/** Id of the edition, by which a receipt says what was shown. */
	e: string;
	/** Banner, privacy control, placeholder of a blocked frame, and the panel's dialog. */
	b: Tree;
	c: Tree;
	h: Tree;
	w: Tree;
	/** Names of the purposes, where the placeholder uses one. */
	n?: Record<string, string>;
}

/** What the server puts in place of the identifier LATCHKEY. Names are short because every visitor pays for them. */
export interface Site {
	/** Site id. */
	s: string;
	/** Revision of the questions, see consent.Revision. */
	r: string;
	/** Months that a choice stands. */
	m: number;
	/** Path of the cookie. */
	c: string;
	/** Purposes in the site's order. */
	p: Record<string, Basis>;
	/** Style sheet of the first layer. */
	css: string;
	/** Default language. */
	d: string;
	/** First layer by language. */
	l: Record<string, Words>;
}

export let site: Site;
/** Origin of the server. */
export let base: string;
/** Nonce of the page's content security policy, if our script tag carries one. */
export let nonce: string;
export let lang: string;
export let words: Words;
let entity: string | undefined;

/** Takes in the site's data and the script tag that brought it. */
export function connect(data: Site, script: HTMLScriptElement): void {
	site = data;
	base = new URL(script.src).origin;
	nonce = script.nonce;
	entity = script.dataset.entity;
	lang = language(Object.keys(data.l), script.dataset.lang, document.documentElement.lang) || data.d;
	words = data.l[lang];
}

/** Finds the first wanted language among those known: as it is, or else by its base, so that "en" finds "en-GB". */
export function language(known: string[], ...wanted: (string | undefined)[]): string | undefined {
	const root = (tag: string) => tag.toLowerCase().split('-')[0];
	for (const tag of wanted) {
		const found = tag && (known.find(k => k === tag) || known.find(k => root(k) === root(tag)));
		if (found) return found;
	}
}

/** Address of a view of the centre such as "request:access", or undefined for what is no view. */
export function address(view: string): string | undefined {
	if (view === 'notice' && entity) view += ':' + entity;
	if (/^(preferences|receipt|(notice|request)(:[\w-]+)?)$/.test(view))
		return `${base}/${site.s}/${view.replace(':', '/')}?lang=${lang}`;
}
