import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { json } from '../loader/json';

test('it is read as what it was', () => {
	fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false } as object), value => assert.deepEqual(JSON.parse(json(value)), JSON.parse(JSON.stringify(value)))));
});

test('what is undefined is left out', () => {
	assert.equal(json({ a: undefined, b: 1, c: [{ d: 'x', e: undefined }] }), '{"b":1,"c":[{"d":"x"}]}');
});

test('what a page makes of JSON does not matter', () => {
	const { stringify } = JSON;
	const all = Object.prototype as any;
	JSON.stringify = () => '"junk"';
	all.toJSON = () => 'junk';
	all.more = true;
	try {
		assert.equal(json({ a: ['x', 1, true, null], b: { c: 'é"\\\n' } }), '{"a":["x",1,true,null],"b":{"c":"é\\u0022\\u005c\\u000a"}}');
	} finally {
		JSON.stringify = stringify;
		delete all.toJSON;
		delete all.more;
	}
});
