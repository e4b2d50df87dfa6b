import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import vectors from '../../testdata/vectors/cookie.json';
import { formatCookie, METHODS, parseCookie, several, type Choice } from '../loader/cookie';
import { settle } from '../loader/several';
import type { Purposes } from '../loader/site';

/** A site whose cookie this could be. */
const usual = { revision: '4f2c9a1b', ids: ['marketing', 'statistics'], today: '2026-11-23' };

/** A choice whose answers are an object like any other. */
const plain = (choice: Choice | undefined) => choice && { ...choice, on: { ...choice.on } };

for (const { name, value, want, ids: other } of vectors.read)
	test(`read ${name}`, () => {
		const ids = other ?? (want ? Object.keys(want.on).sort() : usual.ids);
		const got = parseCookie(`latchkey=${value}`, want?.revision ?? usual.revision, ids, want?.date ?? usual.today, 12);
		assert.deepEqual(plain(got), want ? { date: want.date, method: want.method, gpc: !!want.gpc, on: want.on } : undefined);
	});

for (const { name, choice, want } of vectors.write)
	test(`write ${name}`, () => {
		const { revision, date, method, gpc } = choice;
		const on = Object.fromEntries(Object.entries(choice.on).sort(([a], [b]) => (a < b ? -1 : 1))) as Choice['on'];
		assert.equal(formatCookie({ date, method: method as Choice['method'], gpc: !!gpc, on }, revision), want);
	});

for (const { name, values, want, objected } of vectors.several)
	test(`several: ${name}`, () => {
		const purposes: Purposes = { marketing: 1, statistics: 1, visits: 2 };
		const stand = values.map(value => parseCookie(`latchkey=${value}`, usual.revision, Object.keys(purposes), usual.today, 12));
		const got = settle(stand, purposes);
		if (want) assert.equal(formatCookie(got!, usual.revision), want);
		else assert.deepEqual(got && { ...got.on }, objected && Object.fromEntries(objected.map(id => [id, false])));
	});

const good = 'latchkey=1.2026-11-23.4f2c9a1b.c.marketing:0.statistics:1';
const read = (cookies: string, ids = usual.ids) => parseCookie(cookies, usual.revision, ids, usual.today, 12);

test('the cookie is found among others', () => {
	for (const cookies of [good, `my-${good}; ${good}`, `a=b; ${good}`, `${good}; a=b`, `a; ${good}; latch=key`])
		assert.equal(read(cookies)?.on.statistics, true, cookies);
});

test('of several, none is an answer', () => {
	const other = good.replace('statistics:1', 'statistics:0');
	assert.equal(read(`latchkey=junk; ${good}`)?.on.statistics, true, 'what is no cookie of ours does not count');
	assert.equal(read(`${other}; ${good}`), undefined);
	assert.equal(read(`${good}; ${good}`), undefined);
	assert.ok(several(`${other}; ${good}`) && several(`a=b; ${good}; c=d; ${good}`));
	assert.ok(!several(good) && !several(`my-${good}; ${good}`) && !several(`latchkey=junk; ${good}`));
});

test('what a page puts into every object is no answer', () => {
	const polluted = Object.prototype as any;
	polluted.statistics = polluted.method = true;
	try {
		const choice = read(good.replace('.statistics:1', ''))!;
		assert.equal(choice.on.statistics, undefined);
		assert.equal(choice.method, 'save');
	} finally {
		delete polluted.statistics;
		delete polluted.method;
	}
});

test('another cookie is not taken for ours', () => {
	for (const cookies of [`my-${good}`, `x${good}`, `a="${good}"`, `a=;${good}`, `${good}.spying:1`, `${good}x`])
		assert.equal(read(cookies), undefined, cookies);
});

test('a choice about other purposes is not an answer', () => {
	assert.equal(read(good, ['marketing']), undefined);
	assert.equal(read(good, []), undefined);
});

test('whatever a cookie says, reading it does no harm', () => {
	const part = fc.constantFrom('latchkey=', '1', '2', '.', ':', ';', ' ', '2026-11-23', '9999-99-99', '4f2c9a1b', 'c', 'marketing', 'statistics', '0', '1');
	const cookies = fc.oneof(fc.string(), fc.array(part, { maxLength: 20 }).map(parts => parts.join('')));
	fc.assert(
		fc.property(cookies, text => {
			const choice = read(text);
			if (choice) assert.ok(text.includes(formatCookie(choice, usual.revision)), text);
		}),
		{ numRuns: 20_000 },
	);
});

test('what is written is read again', () => {
	const day = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }).map(d => d.toISOString().slice(0, 10));
	const purpose = fc.stringMatching(/^[a-z]([a-z0-9]|-[a-z0-9]){0,11}$/);
	const answers = fc.dictionary(purpose, fc.boolean(), { minKeys: 1, maxKeys: 4, noNullPrototype: true });
	fc.assert(
		fc.property(day, fc.constantFrom(...Object.values(METHODS)), fc.boolean(), answers, (date, method, gpc, given) => {
			const ids = Object.keys(given).sort();
			const on = Object.fromEntries(ids.map(id => [id, given[id]]));
			const value = formatCookie({ date, method, gpc, on }, usual.revision);
			assert.deepEqual(plain(parseCookie(`latchkey=${value}`, usual.revision, ids, date, 1)), { date, method, gpc, on });
		}),
	);
});
