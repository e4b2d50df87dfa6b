import { setCookie } from './dom';

/** A cookie is deleted only under the very domain and path that it was set with, which a page can't see: all are tried that it can set. */
export function expire(name: string) {
	const labels = location.hostname.split('.');
	const domains = ['', ...labels.map((_, i) => ';Domain=' + labels.slice(i).join('.'))];
	const steps = location.pathname.split('/');
	const paths = ['/', ...steps.flatMap((_, i) => [steps.slice(0, i + 1).join('/'), steps.slice(0, i + 1).join('/') + '/'])];
	for (const domain of domains)
		for (const path of new Set(paths))
			// Names that begin with __Secure- or __Host- ask for the second.
			for (const more of ['', ';Secure', ';Secure;SameSite=None;Partitioned'])
				setCookie(`${name}=;Path=${path || '/'}${domain};Max-Age=0${more}`);
}
