// What the loader lends to its parts and to adapters. It is put together when it is
// asked for: the modules that it comes from need one another, and are not all ready before.

import { choose, may, state, told } from './consent';
import { build } from './dom';
import { dress, focusControl, front, root, shadow } from './layer';
import { load, note, noted, save, send } from './receipt';
import { lang, part, site, words } from './site';

export const kit = () => ({
	site,
	/** Words of the first layer in the page's language. */
	words,
	lang,
	part,
	may,
	told,
	state,
	choose,
	note,
	send,
	load,
	save,
	noted: noted as typeof noted | undefined,
	build,
	dress,
	shadow,
	/** Where the dialog belongs. */
	root: () => root!,
	/** The banner, or the control. */
	front: (): HTMLElement | undefined => front,
	/** Focuses the control, where what opened something is gone. */
	home: focusControl,
});

export type Kit = ReturnType<typeof kit>;
