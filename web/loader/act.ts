// What the buttons of the first layer do.

import { chooseAll, object } from './consent';
import { METHODS } from './cookie';
import { launch } from './door';

export function act(what: string, from: HTMLElement, event: MouseEvent): void {
	const method = METHODS.find(name => name.startsWith(what));
	if (method === 'object') object();
	else if (method) chooseAll(what === 'accept', method);
	else if (what !== 'close') launch(what === 'notice' ? what : 'preferences', from, event);
}
