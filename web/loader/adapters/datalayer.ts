// Choices as events in window.dataLayer, for the triggers of a tag manager.

import type { Make } from '../adapter';

const make: Make<void> = () => ({ told }) => {
	const page = window as any;
	const push = (what: string) => (page.dataLayer = page.dataLayer || []).push({ event: 'latchkey_' + what, latchkey: told() });
	push('ready');
	return () => push('choice');
};

export default make;
