// The check of a receipt, as far as the page has to know of it: it is fetched when
// somebody asks for it.

/** Shows what a check has come to. */
export function say(section: HTMLElement, how: string): void {
	for (const el of section.querySelectorAll<HTMLElement>('[data-proof]')) el.hidden = el.dataset.proof !== how;
}

/** Starts the check that a button is for. */
export async function verify(button: HTMLButtonElement): Promise<void> {
	const section = button.closest<HTMLElement>('.proof')!;
	say(section, 'busy');
	try {
		const { check } = (await import(section.dataset.script!)) as typeof import('../verify');
		await check(section, button.value);
	} catch (error) {
		console.info('Latchkey: the receipt could not be checked.', error);
		say(section, 'failed');
	}
}
