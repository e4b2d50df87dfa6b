import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import vectors from '../../testdata/vectors/messages.json';
import { counted, isState } from '../boot/state';
import { METHODS } from '../loader/cookie';
import { parseMessage } from '../loader/message';

const purposes = ['marketing', 'preferences', 'statistics'];

for (const { name, data, want } of vectors.toHost)
	test(`the host page ${want ? 'takes' : 'leaves'} ${name}`, () => {
		const got = parseMessage(data, purposes);
		assert.equal(got, want ? data : undefined);
	});

for (const { name, data, want } of vectors.toCentre) test(`the centre ${want ? 'takes' : 'leaves'} ${name}`, () => assert.equal(isState(data), want));

test('a receipt that an earlier loader has kept without its token is none to the centre', () => {
	const { data } = vectors.toCentre.find(({ name }) => name === 'after a choice, with its receipt')! as any;
	const early = { ...data, receipt: { receipt: data.receipt.receipt, token: undefined } };
	assert.ok(isState(early));
	assert.deepEqual(counted(early), { ...data, receipt: null, kept: 'no' });
	assert.deepEqual(counted(data), data);
	assert.ok(!isState({ ...early, receipt: { receipt: 'x', token: undefined } }));
	assert.ok(!isState({ ...early, receipt: { receipt: data.receipt.receipt, token: null } }));
});

test('the centre names the methods of its own buttons, and no other', () => {
	const { data } = vectors.toHost.find(({ name }) => name === 'a choice')! as any;
	for (const method of Object.values(METHODS))
		assert.equal(!!parseMessage({ ...data, method }, purposes), !['always-allow', 'api'].includes(method), method);
});

/** Messages that are nearly right, and anything else that a message event can carry. */
const message = fc.oneof(
	fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withBigInt: true, withNullPrototype: true }),
	fc.record(
		{
			latchkey: fc.constantFrom<unknown>(1, '1', true),
			type: fc.constantFrom<unknown>('close', 'size', 'set', 'state', ['set']),
			height: fc.oneof(fc.double(), fc.string(), fc.constant([640])),
			on: fc.oneof(fc.dictionary(fc.constantFrom(...purposes, 'necessary', '__proto__', 'constructor'), fc.oneof(fc.boolean(), fc.integer())), fc.anything()),
			method: fc.constantFrom<unknown>('save', 'accept-all', 'api', 'always-allow', ['save'], 0),
			edition: fc.oneof(fc.constant('pQ8sW2dF6hJ1kLzX5cV9bA'), fc.string()),
			other: fc.anything(),
		},
		{ requiredKeys: ['latchkey', 'type'] },
	),
);

test('whatever the host page hears, it takes only whole messages', () => {
	fc.assert(
		fc.property(message, data => {
			const got = parseMessage(data, purposes);
			if (!got) return;
			assert.equal((got as { latchkey?: unknown }).latchkey, 1);
			if (got.type === 'size') assert.ok(got.height > 0 && got.height < 1e5);
			else if (got.type === 'set') {
				assert.match(got.edition, /^[\w-]{22}$/);
				assert.ok(['save', 'accept-all', 'reject-all', 'withdraw'].includes(got.method));
				for (const [id, on] of Object.entries(got.on)) assert.ok(purposes.includes(id) && typeof on === 'boolean');
			} else assert.equal(got.type, 'close');
		}),
		{ numRuns: 20_000 },
	);
});

test('whatever the centre hears, it does no harm', () => {
	fc.assert(fc.property(message, data => assert.equal(typeof isState(data), 'boolean')), { numRuns: 5_000 });
});
