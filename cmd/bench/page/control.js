// The least that a banner in one request can be: as many words as ours in the
// same font, because words and fonts are what is asked for and not how it is done.
{
	const box = document.createElement('div');
	box.style.cssText =
		'position:fixed;inset:auto 0 0;z-index:9;padding:1em;font:1em/1.5 system-ui,sans-serif;background:#fff;border-top:2px solid';
	const heading = document.createElement('h2');
	heading.append('Cookies on this website of ours');
	const text = document.createElement('p');
	text.append(
		'This association would like to use extra cookies for: Preferences, Statistics, Marketing. ' +
			'They stay off unless you say yes. You can change your mind at any time. Privacy notice',
	);
	box.append(heading, text);
	for (const [what, words] of Object.entries({ accept: 'Accept all', reject: 'Reject all', choose: 'Choose' })) {
		const button = document.createElement('button');
		button.style.cssText = 'font:inherit;font-weight:600;min-height:44px;padding:.375em .75em';
		button.dataset.do = what;
		button.append(words);
		button.onclick = () => box.remove();
		box.append(button);
	}
	document.documentElement.insertBefore(box, document.body);
}
