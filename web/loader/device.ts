// What is on the device, as far as a page can see it.

import { ofDocument } from './dom';

/** What a declared name stands for: * is any characters. */
export const like = (pattern: string): RegExp => RegExp(`^${pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replace(/\*/g, '.*')}$`);

/** Names of the cookies that scripts may read. */
export const cookieNames = (): string[] => ofDocument('cookie').split(/; ?/).map(cookie => cookie.split('=')[0]);

/** What a page can't look into is as good as empty: access throws, or (in Android's WebView) there is nothing. */
export function stores(): Storage[] {
	return (['localStorage', 'sessionStorage'] as const).flatMap(name => {
		try {
			return [window[name]].filter(Boolean);
		} catch {
			return [];
		}
	});
}

/** Names of the databases of IndexedDB. */
export async function databases(): Promise<string[]> {
	try {
		return (await indexedDB.databases()).map(({ name }) => name!);
	} catch {
		return []; // None here, or a browser that does not list them.
	}
}
