{
	const box = document.createElement('div');
	box.style.cssText = 'position:fixed;inset:auto 0 0;z-index:9;padding:1em;background:#fff;border-top:2px solid';
	const heading = document.createElement('h2');
	heading.append('Cookies on this website');
	const text = document.createElement('p');
	text.append('We use some cookies that this website needs. We would like to set others too, and you can say yes or no.');
	box.append(heading, text);
	for (const what of ['accept', 'reject', 'choose']) {
		const button = document.createElement('button');
		button.dataset.do = what;
		button.append(what);
		button.onclick = () => box.remove();
		box.append(button);
	}
	document.documentElement.insertBefore(box, document.body);
}
