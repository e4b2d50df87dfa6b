import assert from 'node:assert/strict';
import { test } from 'node:test';
import vectors from '../../testdata/vectors/state.json';
import { formatCookie, parseCookie, type Answers, type Choice } from '../loader/cookie';
import type { Purposes } from '../loader/site';
import { allowed, answerAll, apply, applyGPC, askable, choosable, open } from '../loader/state';

const revision = '4f2c9a1b';

/** A site's purposes as the server gives them to the loader. */
const site = (name: string, shared: string[] = []): Purposes =>
	Object.fromEntries(
		[...vectors.sites[name as keyof typeof vectors.sites]].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, basis }) => [
			id,
			basis === 'essential' ? 0 : basis !== 'consent' ? 2 : shared.includes(id) ? 3 : 1,
		]),
	) as Purposes;

/** A choice as the loader has it: with what was answered. */
const chosen = (purposes: Purposes, on: object | null, gpc = false): Choice | undefined =>
	on ? { date: '2026-11-01', method: 'save', gpc, on: apply(purposes, undefined, on as Answers) } : undefined;

for (const { name, site: id, revision: other, date, on, today, months, want } of vectors.standing)
	test(`standing: ${name}`, () => {
		const value = formatCookie({ date, method: 'save', gpc: false, on: on as unknown as Answers }, other ?? revision);
		const got = parseCookie(`latchkey=${value}`, revision, choosable(site(id)), today, months);
		assert.equal(!!got, want);
	});

for (const { name, site: id, on, want, open: asking } of vectors.allowed)
	test(`allowed: ${name}`, () => {
		const choice = chosen(site(id), on);
		const got = Object.fromEntries(Object.keys(want).map(purpose => [purpose, allowed(site(id), choice, purpose)]));
		assert.deepEqual(got, want);
		assert.equal(open(site(id), choice, false), asking);
	});

for (const { name, site: id, shared, made, on, want, open: asking } of vectors.gpc)
	test(`gpc: ${name}`, () => {
		const purposes = site(id, shared);
		const earlier = chosen(purposes, on, made);
		const choice = earlier && applyGPC(purposes, earlier);
		const got = Object.fromEntries(Object.keys(want).map(purpose => [purpose, allowed(purposes, choice, purpose)]));
		assert.deepEqual(got, want);
		assert.equal(open(purposes, choice, true), asking);
	});

for (const { name, site: id, before, given, all, want, effects } of vectors.apply)
	test(`apply: ${name}`, () => {
		const purposes = site(id);
		const choice = chosen(purposes, before);
		const on = apply(purposes, choice, all === undefined ? (given as unknown as Answers) : answerAll(askable(purposes), all));
		assert.deepEqual(JSON.parse(JSON.stringify(on)), want);
		// The gate releases what may run now and might not before, and stops the other way round.
		const changed = vectors.sites[id as keyof typeof vectors.sites].flatMap(({ id: purpose }) => {
			const was = allowed(purposes, choice, purpose);
			const is = allowed(purposes, chosen(purposes, on), purpose);
			return was === is ? [] : [`${is ? 'release' : 'stop'} ${purpose}`];
		});
		assert.deepEqual(['store', ...changed, 'record'], effects);
	});
