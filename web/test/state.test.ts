import assert from 'node:assert/strict';
import { test } from 'node:test';
import vectors from '../../testdata/vectors/state.json';
import { formatCookie, parseCookie, type Answers, type Choice } from '../loader/cookie';
import type { Purposes } from '../loader/site';
import { allowed, apply, choosable, everything } from '../loader/state';

const revision = '4f2c9a1b';

/** A site's purposes as the server gives them to the loader. */
const site = (name: string): Purposes =>
	Object.fromEntries(
		vectors.sites[name as keyof typeof vectors.sites].map(({ id, basis }) => [id, basis === 'essential' ? 0 : basis === 'consent' ? 1 : 2]),
	) as Purposes;

const chosen = (on: object | null): Choice | undefined => (on ? { date: '2026-11-01', method: 'save', on: on as Answers } : undefined);

for (const { name, site: id, revision: other, date, on, today, months, want } of vectors.standing)
	test(`standing: ${name}`, () => {
		const value = formatCookie({ date, method: 'save', on: on as unknown as Answers }, other ?? revision);
		const got = parseCookie(`latchkey=${value}`, revision, choosable(site(id)), today, months);
		assert.equal(!!got, want);
	});

for (const { name, site: id, on, want } of vectors.allowed)
	test(`allowed: ${name}`, () => {
		const got = Object.fromEntries(Object.keys(want).map(purpose => [purpose, allowed(site(id), chosen(on), purpose)]));
		assert.deepEqual(got, want);
	});

for (const { name, site: id, before, given, all, want, effects } of vectors.apply)
	test(`apply: ${name}`, () => {
		const purposes = site(id);
		const choice = chosen(before);
		const on = apply(purposes, choice, all === undefined ? (given as unknown as Answers) : everything(purposes, all));
		assert.deepEqual(on, want);
		// The gate releases what may run now and might not before, and stops the other way round.
		const changed = Object.keys(purposes).flatMap(purpose => {
			const was = allowed(purposes, choice, purpose);
			const is = allowed(purposes, chosen(on), purpose);
			return was === is ? [] : [`${is ? 'release' : 'stop'} ${purpose}`];
		});
		assert.deepEqual(['store', ...changed, 'record'], effects);
	});
