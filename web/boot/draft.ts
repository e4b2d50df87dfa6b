// Going back in the request form without WebAssembly.
//
// Each page of it answers a POST and holds what a person has typed, so no browser
// may store it. To go back to such a page a browser would have to send the form again, and asks
// first, with a page of its own that frightens people. So the answers are noted with the
// page's entry in the tab's history, which also makes that entry one that is got and
// not posted; when it is got again, they are sent, and the page is there as it was left.

/** The answers as a page's entry in the history has them: names and values in order. */
interface Note {
	draft: [string, string][];
}

const isNote = (state: unknown): state is Note => {
	const draft = (state as Note | null)?.draft;
	return (
		Array.isArray(draft) &&
		draft.length < 100 &&
		draft.every(pair => Array.isArray(pair) && pair.length === 2 && pair.every(text => typeof text === 'string'))
	);
};

/** How long somebody has to stop typing before it is noted, in milliseconds. */
const pause = 300;

/** The form of the page, unless WebAssembly has it: that keeps notes of its own, which are strings. */
const form = (): HTMLFormElement | null =>
	document.documentElement.classList.contains('live') ? null : document.querySelector('form#request');

function note(): void {
	const from = form();
	if (!from) return;
	const draft = [...new FormData(from)].filter(([name, value]) => name !== 'to' && typeof value === 'string');
	history.replaceState({ draft }, '');
}

/** Asks the server for the page that was noted; it takes the place of the one that is loading. */
function restore({ draft }: Note): void {
	history.replaceState(null, ''); // so that nobody is sent here again, should a browser not replace it
	const again = document.createElement('form');
	again.method = 'post';
	for (const [name, value] of [...draft, ['to', 'stay']]) {
		const field = document.createElement('textarea'); // which keeps line breaks
		field.name = name!;
		field.value = value!;
		again.append(field);
	}
	again.hidden = true;
	document.documentElement.append(again);
	HTMLFormElement.prototype.submit.call(again);
}

/** Keeps the draft of the request form, if the page has one, and brings back what was noted. */
export function keepDraft(): void {
	if (isNote(history.state)) {
		restore(history.state);
		return;
	}
	document.addEventListener('DOMContentLoaded', () => {
		if (typeof history.state !== 'string') note();
	});
	let timer: ReturnType<typeof setTimeout>;
	document.addEventListener('input', () => {
		clearTimeout(timer);
		timer = setTimeout(note, pause);
	});
	document.addEventListener('change', note);
	document.addEventListener('submit', note);
	addEventListener('hashchange', note); // a line of the error summary was followed: that is an entry of its own
}
