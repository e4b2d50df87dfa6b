import assert from 'node:assert/strict';
import { test } from 'node:test';
import { language } from '../loader/language';

const tests: [name: string, wanted: string | undefined, want: string | undefined][] = [
	['the very one', 'cy', 'cy'],
	['its base', 'en', 'en-GB'],
	['another region of it', 'en-US', 'en-GB'],
	['in capitals', 'CY-gb', 'cy'],
	['one that is not there', 'pl', undefined],
	['one that only begins alike', 'enm', undefined],
	['none', '', undefined],
	['nothing said', undefined, undefined],
];

for (const [name, wanted, want] of tests) test(`language: ${name}`, () => assert.equal(language(['en-GB', 'cy'], wanted), want));
