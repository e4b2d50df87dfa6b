// What the privacy centre in the panel's frame may say to the host page. Held
// to testdata/vectors/messages.json.

import type { Answers, Method } from './cookie';
import type { Purposes } from './site';

export type Message =
	| { type: 'set'; on: Answers; method: Method; edition: string }
	| { type: 'size'; height: number }
	| { type: 'close' };

/** A message as JSON, to the letter: these fields in this order and no other. */
const FORM =
	/^{"latchkey":1,"type":("close"|"size","height":[1-9]\d{0,4}(\.\d+)?|"set","on":{("[a-z\d-]+":(tru|fals)e,?)+},"method":"(accept-all|reject-all|save|withdraw)","edition":"[\w-]{22}")}$/;

/** Checks the data of a message event: its form, and that its purposes can be chosen. Where it came from is for the caller to check. */
export function parseMessage(data: any, purposes: Purposes): Message | undefined {
	if (FORM.test(JSON.stringify(data)) && Object.keys(data.on || {}).every(id => purposes[id] > 0)) return data;
}
