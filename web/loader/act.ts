// What the buttons of the first layer do.

import { chooseAll, object } from './consent';
import { METHODS } from './cookie';
import { launch } from './door';

export function act(what: string, from: HTMLElement, event: MouseEvent): void {
	for (const letter in METHODS) {
		const method = METHODS[letter as keyof typeof METHODS];
		if (method.startsWith(what)) return method === 'object' ? object() : chooseAll(what === 'accept', method);
	}
	if (what !== 'close') launch(what === 'notice' ? what : 'preferences', from, event);
}
