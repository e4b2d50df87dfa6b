import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Adapter } from '../loader/adapter';
import clarity from '../loader/adapters/clarity';
import datalayer from '../loader/adapters/datalayer';
import google from '../loader/adapters/google';
import matomo from '../loader/adapters/matomo';
import meta from '../loader/adapters/meta';
import uet from '../loader/adapters/uet';
import wordpress from '../loader/adapters/wordpress';
import type { ChoiceDetail } from '../latchkey';

/** The page's window, new for every test. */
let page: any;

beforeEach(() => {
	page = {};
	Object.assign(globalThis, { window: page, document: new EventTarget() });
});

/** Starts an adapter on a page where only these purposes may run, and says how to decide. */
function visit(adapter: Adapter, on: string[] = [], chosen = false) {
	let now = on;
	let detail: ChoiceDetail = { on: {}, ...(chosen && { method: 'save', date: '2026-11-23' }) };
	const told = adapter({
		may: purpose => now.includes(purpose),
		told: () => detail,
		part: () => assert.fail('an adapter needs no part'),
	});
	return (...then: string[]) => {
		now = then;
		detail = { on: Object.fromEntries(then.map(id => [id, true])), method: 'save', date: '2026-11-24' };
		told?.();
	};
}

/** Commands to Google as arrays; nothing else may be an arguments object. */
const commands = () => page.dataLayer.map((entry: any) => (Object.prototype.toString.call(entry) === '[object Arguments]' ? [...entry] : entry));

/** A Google script: from now on it takes what is pushed. */
function runGoogle() {
	const layer = page.dataLayer;
	layer.push = (...entries: unknown[]) => Array.prototype.push.apply(layer, entries);
}

const types = {
	ad_storage: 'marketing',
	ad_user_data: 'marketing',
	ad_personalization: 'marketing',
	analytics_storage: 'statistics',
	functionality_storage: 'preferences',
	personalization_storage: '',
};
const granted = (...names: string[]) => ({
	...Object.fromEntries(Object.keys(types).map(type => [type, names.includes(type) ? 'granted' : 'denied'])),
	security_storage: 'granted',
});
const ads = ['ad_storage', 'ad_user_data', 'ad_personalization'];
const first = [
	['consent', 'default', granted()],
	['set', 'ads_data_redaction', true],
];

test('google: before a choice all is denied but security, and nothing is updated', () => {
	visit(google(types));
	assert.deepEqual(commands(), first);
});

test('google: each decision is one update of all types', () => {
	const decide = visit(google(types));
	decide('statistics');
	decide('statistics', 'marketing');
	decide();
	assert.deepEqual(commands(), [
		...first,
		['consent', 'update', granted('analytics_storage')],
		['consent', 'update', granted('analytics_storage', ...ads)],
		['consent', 'update', granted()],
	]);
});

test('google: who comes back is told of at once, also after a refusal', () => {
	visit(google(types), ['marketing'], true);
	assert.deepEqual(commands(), [...first, ['consent', 'update', granted(...ads)]]);
	page.dataLayer = undefined;
	visit(google(types), [], true);
	assert.deepEqual(commands(), [...first, ['consent', 'update', granted()]]);
});

test('google: all comes before what the page queued, as long as no script has read that', () => {
	page.dataLayer = [{ event: 'early' }];
	const decide = visit(google(types));
	page.dataLayer.push({ event: 'later' });
	decide();
	decide('marketing');
	assert.deepEqual(commands(), [...first, ['consent', 'update', granted()], ['consent', 'update', granted(...ads)], { event: 'early' }, { event: 'later' }]);
	runGoogle();
	decide();
	assert.deepEqual(commands().slice(-2), [{ event: 'later' }, ['consent', 'update', granted()]]);
});

test('google: the default of the page itself stays before ours', () => {
	page.dataLayer = [null, ['consent', 'default', {}], ['js']];
	visit(google(types), [], true);
	assert.deepEqual(commands(), [null, ['consent', 'default', {}], ...first, ['consent', 'update', granted()], ['js']]);
});

test('google: a script that runs before us is told by a push', () => {
	page.dataLayer = [{ event: 'early' }];
	runGoogle();
	visit(google(types), [], true);
	assert.deepEqual(commands(), [{ event: 'early' }, ...first, ['consent', 'update', granted()]]);
});

test('datalayer: an event when ready and one after each decision', () => {
	const decide = visit(datalayer());
	decide('statistics');
	assert.deepEqual(page.dataLayer, [
		{ event: 'latchkey_ready', latchkey: { on: {} } },
		{ event: 'latchkey_choice', latchkey: { on: { statistics: true }, method: 'save', date: '2026-11-24' } },
	]);
});

const storages = { ad_Storage: 'marketing', analytics_Storage: 'statistics' };

/** Clarity's script: takes what waits, then each call as it comes. */
function runClarity() {
	const calls: unknown[][] = [];
	const waiting = page.clarity.q;
	page.clarity = (...call: unknown[]) => calls.push(structuredClone(call));
	page.clarity.v = '0.8';
	for (const call of waiting || []) page.clarity(...call);
	return calls;
}

test('clarity: finds one signal, as it stands when it runs', () => {
	const decide = visit(clarity(storages));
	decide('statistics');
	const calls = runClarity();
	assert.deepEqual(calls, [['consentv2', { ad_Storage: 'denied', analytics_Storage: 'granted' }]]);
	decide('statistics', 'marketing');
	decide();
	assert.deepEqual(calls.slice(1), [
		['consentv2', { ad_Storage: 'granted', analytics_Storage: 'granted' }],
		['consentv2', { ad_Storage: 'denied', analytics_Storage: 'denied' }],
	]);
});

test('clarity: is denied both types before a choice', () => {
	visit(clarity(storages));
	assert.deepEqual(runClarity(), [['consentv2', { ad_Storage: 'denied', analytics_Storage: 'denied' }]]);
});

test('clarity: that runs already, and calls of the page', () => {
	page.clarity = { q: [] };
	const early = runClarity();
	visit(clarity(storages), ['statistics'], true);
	assert.deepEqual(early, [['consentv2', { ad_Storage: 'denied', analytics_Storage: 'granted' }]]);
	page.clarity = undefined;
	visit(clarity(storages));
	page.clarity('set', 'page', 'repairs');
	assert.deepEqual(runClarity()[1], ['set', 'page', 'repairs']);
});

test('uet: the default, then an update for each decision', () => {
	const calls: unknown[][] = [];
	page.uetq = { push: (...call: unknown[]) => calls.push(call) };
	const decide = visit(uet({ ad_storage: 'marketing' }));
	assert.deepEqual(calls, [['consent', 'default', { ad_storage: 'denied' }]]);
	decide('marketing');
	decide('statistics');
	assert.deepEqual(calls.slice(1), [
		['consent', 'update', { ad_storage: 'granted' }],
		['consent', 'update', { ad_storage: 'denied' }],
	]);
	visit(uet({ ad_storage: 'marketing' }), ['marketing'], true);
	assert.deepEqual(calls.slice(3), [
		['consent', 'default', { ad_storage: 'denied' }],
		['consent', 'update', { ad_storage: 'granted' }],
	]);
});

test('uet: the queue takes the three parts one after the other', () => {
	visit(uet({ ad_storage: 'marketing' }));
	assert.deepEqual(page.uetq, ['consent', 'default', { ad_storage: 'denied' }]);
});

/** The pixel's tag, as far as it concerns us: it does nothing where fbq exists, and its queue comes after its function. */
function pixelTag(): unknown[][] | undefined {
	if (page.fbq) return;
	const queue: unknown[][] = [];
	let ready = false;
	page.fbq = (...call: unknown[]) => (assert.ok(ready, 'called before there is a queue'), queue.push(call));
	ready = true;
	return queue;
}

test('meta: revoked before init, also when the tag comes later', () => {
	const decide = visit(meta({ pixel: 'marketing' }));
	decide('statistics');
	decide('statistics', 'marketing');
	const queue = pixelTag();
	page.fbq('init', '42');
	page.fbq('track', 'PageView');
	assert.deepEqual(queue, [['consent', 'revoke'], ['consent', 'grant'], ['init', '42'], ['track', 'PageView']]);
	decide();
	assert.deepEqual(queue?.slice(4), [['consent', 'revoke']]);
});

test('meta: stays revoked without a yes, for a tag that nobody holds back', () => {
	visit(meta({ pixel: 'marketing' }), [], true);
	const queue = pixelTag();
	page.fbq('init', '42');
	assert.deepEqual(queue, [['consent', 'revoke'], ['init', '42']]);
});

test('meta: a tag that ran before us is told at once', () => {
	const queue = pixelTag();
	page.fbq('init', '42');
	const decide = visit(meta({ pixel: 'marketing' }));
	decide('marketing');
	assert.deepEqual(queue, [['init', '42'], ['consent', 'revoke'], ['consent', 'grant']]);
});

const matomos: [name: string, settings: Parameters<typeof matomo>[0], on: string[], then: string[][], want: unknown[][]][] = [
	[
		'by consent: nothing before a yes, and it is taken back',
		{ tracking: 'statistics', cookies: 'statistics' },
		[],
		[['statistics'], []],
		[['requireConsent'], ['setConsentGiven', true], ['forgetConsentGiven']],
	],
	['by consent: on every page of who said yes', { tracking: 'statistics', cookies: 'statistics' }, ['statistics'], [], [['requireConsent'], ['setConsentGiven', true]]],
	['by consent: who refuses gets no cookie of Matomo that says so', { tracking: 'statistics', cookies: 'statistics' }, [], [[], ['marketing']], [['requireConsent']]],
	[
		'exempt: runs until there is an objection',
		{ tracking: 'visits', cookies: 'visits', exempt: true },
		['visits'],
		[['visits', 'marketing'], [], ['visits']],
		[['optUserOut'], ['forgetUserOptOut']],
	],
	['exempt: on every page of who objected', { tracking: 'visits', cookies: 'visits', exempt: true }, [], [], [['optUserOut']]],
	[
		'exempt, with cookies by consent',
		{ tracking: 'visits', cookies: 'statistics', exempt: true },
		['visits'],
		[['visits', 'statistics'], ['visits']],
		[['requireCookieConsent'], ['setCookieConsentGiven'], ['forgetCookieConsentGiven']],
	],
	[
		'by consent, with cookies of another purpose',
		{ tracking: 'statistics', cookies: 'marketing' },
		[],
		[['statistics'], ['statistics', 'marketing'], ['statistics']],
		[['requireConsent'], ['requireCookieConsent'], ['setConsentGiven', false], ['setCookieConsentGiven'], ['forgetCookieConsentGiven']],
	],
	[
		'by consent, with cookies of another purpose, on every page of who said yes to both',
		{ tracking: 'statistics', cookies: 'marketing' },
		['statistics', 'marketing'],
		[],
		[['requireConsent'], ['requireCookieConsent'], ['setConsentGiven', true], ['setCookieConsentGiven']],
	],
	['that follows no purpose is never granted', { tracking: '', cookies: '' }, ['statistics'], [['statistics', 'marketing']], [['requireConsent']]],
];
for (const [name, settings, on, then, want] of matomos)
	test(`matomo ${name}`, () => {
		const decide = visit(matomo(settings), on);
		for (const purposes of then) decide(...purposes);
		assert.deepEqual(page._paq, want);
	});

const categories = { functional: 'necessary', 'statistics-anonymous': 'visits', statistics: 'statistics', marketing: '' };

/** The plugin's script: keeps every answer, by category. */
function runPlugin(kept: Record<string, string> = {}) {
	page.wp_set_consent = (category: string, value: string) => {
		assert.equal(page.wp_consent_type, 'optin', 'the type comes first');
		kept[category] = value;
	};
	page.wp_has_consent = (category: string) => kept[category] === 'allow';
	return kept;
}

test('wordpress: the type first, then what runs without a choice, and no refusal that nobody made', () => {
	const kept = runPlugin();
	const defined: unknown[] = [];
	document.addEventListener('wp_consent_type_defined', () => defined.push({ ...kept }));
	const decide = visit(wordpress(categories), ['necessary', 'visits']);
	assert.deepEqual(defined, [{}]);
	assert.deepEqual(kept, { functional: 'allow', 'statistics-anonymous': 'allow' });
	decide('necessary', 'statistics');
	assert.deepEqual(kept, { functional: 'allow', 'statistics-anonymous': 'deny', statistics: 'allow', marketing: 'deny' });
});

test('wordpress: a plugin that comes after us is told when it is there', () => {
	visit(wordpress(categories), ['necessary', 'statistics'], true);
	const kept = runPlugin();
	document.dispatchEvent(new Event('DOMContentLoaded'));
	assert.deepEqual(kept, { functional: 'allow', 'statistics-anonymous': 'deny', statistics: 'allow', marketing: 'deny' });
});

test('wordpress: an answer that the plugin kept, but that stands no more, goes', () => {
	const kept = runPlugin({ marketing: 'allow', statistics: 'allow' });
	visit(wordpress(categories), ['necessary', 'visits']);
	assert.deepEqual(kept, { functional: 'allow', 'statistics-anonymous': 'allow', statistics: 'deny', marketing: 'deny' });
});
