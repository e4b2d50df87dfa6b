// Runs first in the product's own pages. In the panel it tells the host page
// when the preferences can be used; in a page of its own it reports the take-over.
{
	const report = result => benchReport(JSON.stringify(result));

	const usable = () => {
		const box = document.querySelector('#preferences input[name=on]:not(:disabled)');
		if (!box || !document.documentElement.classList.contains('connected')) return false;
		const { x, y, width, height } = box.getBoundingClientRect();
		const hit = document.elementFromPoint(x + width / 2, y + height / 2);
		// What is further down than the panel is high has to be scrolled to.
		return width * height > 0 && (y + height / 2 >= innerHeight || hit === box || [...box.labels].includes(hit));
	};
	const look = () => {
		if (!usable()) return requestAnimationFrame(look);
		const say = () => parent.postMessage({ bench: 'usable', at: performance.timeOrigin + performance.now() }, '*');
		scheduler.postTask(say, { priority: 'user-blocking' }); // when the frame has been painted
	};

	const takeover = () => {
		const tasks = [];
		new PerformanceObserver(list => tasks.push(...list.getEntries())).observe({ type: 'longtask', buffered: true });
		new PerformanceObserver(list => {
			const measure = list.getEntriesByName('latchkey-takeover')[0];
			if (!measure) return;
			const end = measure.startTime + measure.duration;
			setTimeout(() => {
				const during = tasks.filter(task => task.startTime < end && task.startTime + task.duration > measure.startTime);
				const outcome = document.documentElement.dataset.takeover;
				if (outcome.startsWith('adopted'))
					report({ taken: measure.duration, live: end, longest: Math.max(0, ...during.map(task => task.duration)) });
				else report({ error: 'take-over: ' + outcome });
			}, 500);
		}).observe({ type: 'measure', buffered: true });
	};

	if (parent === window) takeover();
	else if (location.protocol !== 'about:') look();
}
