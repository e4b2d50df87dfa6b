// What the host page tells the centre, and nothing else: a message of any other
// form is no message. It comes from a page that we do not control.

/** The choice as the host page has it. */
export interface State {
	latchkey: 1;
	type: 'state';
	/** Every purpose that can be switched, on or off. */
	on: Record<string, boolean>;
	/** The person has chosen; otherwise `on` is what holds until they do. */
	chosen: boolean;
	/** Day of the choice, YYYY-MM-DD, or "". */
	date: string;
	/** The browser sends the Global Privacy Control signal. */
	gpc: boolean;
	receipt: { receipt: string; token: string } | null;
	/** Whether the server has the receipt: not asked to, not yet, yes. */
	kept: 'no' | 'waiting' | 'stored';
}

const purpose = /^[a-z](?:[a-z0-9]|-[a-z0-9]){0,23}$/;
const day = /^(\d{4}-\d\d-\d\d)?$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const token = /^[\w=-]{1,512}$/;

/** Whether value is an object with these fields, in any order, and no others. */
function has<K extends string>(value: unknown, ...names: K[]): value is Record<K, unknown> {
	return !!value && typeof value === 'object' && Object.keys(value).sort().join() === names.sort().join();
}

const text = (value: unknown, form: RegExp): value is string => typeof value === 'string' && form.test(value);

/** Whether a receipt is one that an earlier, pinned loader has kept without what opens it: its panel says undefined. */
const isUnopened = (receipt: unknown): boolean => has(receipt, 'receipt', 'token') && receipt.token === undefined && text(receipt.receipt, uuid);

/** A state as it counts: a receipt that nothing opens is none. */
export const counted = (state: State): State => (isUnopened(state.receipt) ? { ...state, receipt: null, kept: 'no' } : state);

/** Whether data is a state message in every detail. */
export function isState(data: unknown): data is State {
	if (!has(data, 'latchkey', 'type', 'on', 'chosen', 'date', 'gpc', 'receipt', 'kept')) return false;
	const { on, receipt } = data;
	if (!on || typeof on !== 'object') return false;
	const switches = Object.entries(on);
	return (
		data.latchkey === 1 &&
		data.type === 'state' &&
		switches.length <= 64 &&
		switches.every(([id, value]) => purpose.test(id) && typeof value === 'boolean') &&
		typeof data.chosen === 'boolean' &&
		typeof data.gpc === 'boolean' &&
		text(data.date, day) &&
		['no', 'waiting', 'stored'].includes(data.kept as string) &&
		(receipt === null ||
			isUnopened(receipt) ||
			(has(receipt, 'receipt', 'token') && text(receipt.receipt, uuid) && text(receipt.token, token)))
	);
}
