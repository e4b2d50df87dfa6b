// The stub of window.latchkey (web/stub.js), and how the loader takes it over.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

const source = readFileSync('web/stub.js', 'utf8');

/** A page with the stub, and window.latchkey if it had one before. */
function page(latchkey?: object): any {
	const window = latchkey ? { latchkey } : {};
	runInNewContext(source, { window, Promise });
	return window;
}

/** What crosses from the page's realm has other prototypes. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test('calls wait in order, with their arguments', () => {
	const { latchkey } = page();
	equal(latchkey.open('request:access'), undefined);
	latchkey.set({ statistics: true });
	latchkey.withdraw();
	const listener = () => {};
	latchkey.on('choice', listener);
	deepEqual(plain(latchkey.q.slice(0, 3)), [['open', 'request:access'], ['set', { statistics: true }], ['withdraw']]);
	deepEqual([...latchkey.q[3]], ['on', 'choice', listener]);
});

test('nothing is allowed, and nothing chosen', () => {
	const { latchkey } = page();
	equal(latchkey.allowed('necessary'), false);
	deepEqual(plain(latchkey.choices()), {});
});

test('ready is resolved by whoever takes the stub over', async () => {
	const { latchkey } = page();
	ok(latchkey.ready instanceof Promise);
	latchkey.r(latchkey);
	equal(await latchkey.ready, latchkey);
});

test('a function that the page took out before goes on to the real one', () => {
	const { latchkey } = page();
	const { open } = latchkey;
	const opened: string[] = [];
	latchkey.open = (view: string) => opened.push(view);
	delete latchkey.q;
	open('notice');
	deepEqual(opened, ['notice']);
});

test('a loader that was there first stays', () => {
	const real = { open() {} };
	equal(page(real).latchkey, real);
});

test('it is one short line that can stand in a page', () => {
	ok(source.length < 300, `${source.length} bytes`);
	equal(source.indexOf('\n'), source.length - 1);
	ok(!/<\/?script|<!--|innerHTML|eval|Function|document/.test(source));
});
