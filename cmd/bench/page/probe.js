// The first script of every host page: ours, the control's and the bare one
// alike. It does what the address asks for (?do=…) and reports what it saw.
{
	const query = new URLSearchParams(location.search);
	const now = () => performance.now();
	const wait = ms => new Promise(done => setTimeout(done, ms));
	const loaded = new Promise(done => addEventListener('load', () => setTimeout(done)));
	const frame = () => new Promise(requestAnimationFrame);

	/** The end of the next frame: what has priority runs first when it has been painted, before what the page has put off. */
	const painted = () =>
		new Promise(done =>
			requestAnimationFrame(() => {
				const begun = now();
				scheduler.postTask(() => done({ begun, at: now() }), { priority: 'user-blocking' });
			}),
		);

	let shift = 0;
	let tasks = 0;
	const observe = (type, take) => {
		new PerformanceObserver(list => list.getEntries().forEach(take)).observe({ type, buffered: true });
	};
	observe('layout-shift', entry => (shift += entry.value));
	observe('longtask', () => tasks++);

	// The first layer is in a closed shadow root; the control's box is in the document.
	let root = document;
	const find = what => root.querySelector(`[data-do=${what}]`);
	/** Whether there is something to see of the button. */
	const visible = what => !!find(what)?.checkVisibility({ opacityProperty: true, visibilityProperty: true });
	let drawn;
	const inserted = new Promise(done => (drawn = done));
	const observer = new MutationObserver(() => {
		if (!find('reject')) return;
		observer.disconnect();
		drawn(now());
	});
	const attach = Element.prototype.attachShadow;
	Element.prototype.attachShadow = function (init) {
		const made = attach.call(this, init);
		if (this.localName === 'latchkey-privacy') {
			root = made;
			observer.observe(made, { childList: true, subtree: true });
		}
		return made;
	};

	// Read in both pages, because it takes time; only the product has something to store.
	const chosen = () => /(^|; )latchkey=/.test(document.cookie) || document.documentElement.dataset.page !== 'latchkey';

	const byHand = () => {
		for (const held of document.querySelectorAll('script[type="text/plain"]')) {
			const script = document.createElement('script');
			script.src = held.getAttribute('src');
			script.async = false;
			held.replaceWith(script);
		}
	};

	const jobs = {
		/** Rejects as soon as the banner is visible. */
		async reject() {
			const drawn = await inserted;
			const shown = (await painted()).at;
			const { width, height } = find('reject').getBoundingClientRect();
			if (!visible('reject') || !(width * height)) throw new Error('the banner is not visible');
			find('reject').click();
			while (visible('reject') || !chosen()) await frame();
			const effect = (await painted()).at;
			const script = performance.getEntriesByType('resource').find(entry => entry.name.includes('/embed/'));
			await loaded;
			await wait(500); // for what follows from the choice
			return { arrived: script.responseEnd, drawn: drawn - script.responseEnd, visible: shown, effect, shift, tasks };
		},

		/** Accepts in a page at rest, a given time after the beginning of a frame. */
		async accept() {
			await inserted;
			await loaded;
			await wait(200);
			const button = find('accept');
			button.focus({ preventScroll: true }); // as a real click does
			await wait(100);
			const due = (await frame()) + Number(query.get('phase'));
			await wait(0);
			while (now() < due);
			const start = now();
			button.click();
			const handled = now();
			const { begun, at } = await painted();
			if (visible('accept')) throw new Error('Accept had no effect');
			return { paint: at - start, handlers: handled - start, frame: at - begun };
		},

		/** Only loads. */
		async load() {
			const first = new Promise(done =>
				observe('paint', entry => entry.name === 'first-contentful-paint' && done(entry.startTime)),
			);
			await loaded;
			const [{ loadEventEnd }] = performance.getEntriesByType('navigation');
			const paint = await first;
			await wait(200);
			return { load: loadEventEnd, paint };
		},

		/** Releases 50 scripts that the page holds back: the product after a yes, a page without it by hand. */
		async release() {
			await loaded;
			for (let i = 0; i < 50; i++) {
				const tag = document.createElement('script');
				tag.type = 'text/plain';
				tag.dataset.consent = 'statistics';
				tag.setAttribute('src', '/tag.js?' + i);
				document.body.append(tag);
			}
			await wait(500);
			const released = await new Promise(done => {
				const begin = () => {
					const start = now();
					performance.mark('bench-begin');
					// It has its turn among the other tasks, whoever they belong to.
					const look = () => {
						if (document.querySelector('script[type="text/plain"]')) return scheduler.postTask(look);
						performance.mark('bench-end');
						done(now() - start);
					};
					scheduler.postTask(look);
				};
				if (!window.latchkey) return setTimeout(() => (begin(), byHand()));
				document.addEventListener('latchkey:choice', begin, { capture: true });
				latchkey.set({ statistics: true });
			});
			return { released };
		},

		/** Opens the preferences, and waits until the centre in the panel says that it can be used. */
		async choose() {
			const usable = new Promise(done =>
				addEventListener('message', ({ data }) => data.bench === 'usable' && done(data.at)),
			);
			await inserted;
			await loaded;
			await wait(500);
			const start = performance.timeOrigin + now();
			find('choose').click();
			return { usable: (await usable) - start };
		},
	};

	const job = query.get('do');
	if (job !== 'load') observer.observe(document, { childList: true, subtree: true });
	if (job)
		jobs[job]().then(
			result => benchReport(JSON.stringify(result)),
			error => benchReport(JSON.stringify({ error: String(error) })),
		);
}
