// A part of the loader: the first layer in a language that is not the site's usual one.

import type { Words } from './site';

/** The server puts them here. */
declare const LATCHKEY: Words;

export const words = LATCHKEY;
