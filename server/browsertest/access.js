// What tests ask of a page and every page must answer with an empty list. Only
// what is Latchkey's counts: on a host page that is what lies in shadow roots.
(() => {
	const within = (root) => [...root.querySelectorAll('*')].flatMap((e) => (e.shadowRoot ? [e, ...within(e.shadowRoot)] : [e]))
	const centre = !!document.querySelector('script[src^="/assets/boot."], link[href^="/assets/docs."]')
	const page = document.documentElement
	const elements = within(document).filter((e) => centre || e.getRootNode() !== document)
	if (!elements.length) throw new Error('there is nothing of Latchkey here')
	const style = (e, pseudo) => getComputedStyle(e, pseudo)
	const name = (e) => [e.localName, e.id && '#' + e.id, e.className && '.' + e.className, ' "', e.textContent.trim().slice(0, 40), '"'].join('')
	// Words that are read out and not shown are no larger than a point.
	const shown = (e) => {
		for (let up = e; up; up = up.parentElement) if (style(up).clipPath === 'inset(50%)') return false
		const r = e.getBoundingClientRect()
		return e.checkVisibility() && r.width > 0 && r.height > 0 && r.bottom + scrollY > 0
	}
	const closest = (e, is) => {
		for (; e; e = e.parentElement ?? e.getRootNode().host) if (is(e)) return e
	}
	const scrolls = (e) => /auto|scroll/.test(style(e).overflowX) && e !== page && e !== document.body
	// A wide table may be scrolled on its own (WCAG 2.2, 1.4.10).
	const table = (e) => closest(e, (up) => up.classList.contains('scroll'))
	const isText = (e) => e.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=hidden])')
	const isButton = (e) => e.matches('button, .button') && !e.matches('.link, .band *')
	const isControl = (e) => isText(e) || isButton(e) || e.matches('[type=checkbox], [type=radio]')

	/** Lines of text, and boxes of controls, each with the element that it belongs to. */
	const lines = () => {
		const found = []
		for (const e of elements.filter(shown)) {
			if (isText(e)) found.push({ e, r: e.getBoundingClientRect() })
			for (const n of e.childNodes) {
				if (n.nodeType !== 3 || !n.data.trim()) continue
				const range = document.createRange()
				range.selectNodeContents(n)
				for (const r of range.getClientRects()) if (r.width > 1) found.push({ e, r })
			}
		}
		return found
	}
	const opaque = (e) => closest(e, (up) => !/, 0\)$|transparent/.test(style(up).backgroundColor)) ?? page
	const light = (colour) => {
		const [r, g, b] = colour.match(/[\d.]+/g).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05)

	return {
		/** What makes the page, or a part of it, scroll sideways. */
		sideways: () => [
			...(page.scrollWidth > page.clientWidth ? elements.filter((e) => shown(e) && !table(e) && e.getBoundingClientRect().right > page.clientWidth + 1) : []),
			...elements.filter((e) => shown(e) && !table(e) && scrolls(e) && e.scrollWidth > e.clientWidth + 1),
		].map(name),
		/** Text that is cut off, or leaves its button or the window. */
		cut: () => [
			...elements.filter((e) => shown(e) && !isText(e) && (/hidden|clip/.test(style(e).overflow) || isButton(e)) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)),
			...lines().filter(({ e, r }) => !table(e) && !closest(e, scrolls) && (r.left < -1 || r.right > page.clientWidth + 1)).map(({ e }) => e),
		].map(name),
		/** Texts that lie over each other. What sticks to an edge covers what is scrolled, and that is not meant. */
		overlapping: () => {
			const sticks = (e) => closest(e, (up) => /sticky|fixed/.test(style(up).position))
			const all = lines().map((l) => ({ ...l, top: sticks(l.e) })).sort((a, b) => a.r.top - b.r.top)
			const found = []
			all.forEach((a, i) => {
				for (let j = i + 1; j < all.length && all[j].r.top < a.r.bottom - 3; j++) {
					const b = all[j]
					const across = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left)
					if (across > 3 && a.e !== b.e && a.top === b.top) found.push(name(a.e) + ' and ' + name(b.e))
				}
			})
			return found
		},
		/** Targets that are too small: 44 px for what is pressed, 24 px for other links that stand alone. */
		small: () => elements.filter(shown).filter((e) => {
			const { width, height } = e.getBoundingClientRect()
			if (isControl(e)) return height < 43.5 || (!isText(e) && width < 43.5)
			if (!e.matches('a[href], button, summary')) return false
			const inSentence = style(e).display === 'inline' && e.parentElement.textContent.trim().length > e.textContent.trim().length + 1
			return !inSentence && height < 23.5
		}).map((e) => name(e) + ' ' + JSON.stringify(e.getBoundingClientRect())),
		/**
		 * Controls that have no edge, or no mark when they are on, once the colours are the reader's own. Beside other
		 * words a line under the button's own is enough, where both can be seen (WCAG 2.2, 1.4.1 and 1.4.11).
		 */
		edgeless: () => elements.filter((e) => shown(e) && isControl(e)).filter((e) => {
			const s = style(e)
			if (e.matches('p > button, span + button') && s.textDecorationLine === 'underline') {
				const beneath = style(opaque(e)).backgroundColor
				const beside = [...e.parentNode.childNodes].some((n) => n !== e && (n.nodeType === 3 ? n.data.trim() : n.localName === 'span' && n.innerText.trim() && shown(n)))
				return !beside || contrast(s.color, beneath) < 4.5 || contrast(s.textDecorationColor, beneath) < 3
			}
			if (s.borderTopStyle === 'none' || parseFloat(s.borderTopWidth) < 1) return true
			if (contrast(s.borderTopColor, style(opaque(e.parentElement ?? e.getRootNode().host)).backgroundColor) < 3) return true
			return !!e.checked && contrast(style(e, '::before').borderLeftColor, s.backgroundColor) < 3
		}).map(name),
		/** What moves by itself. */
		moving: () => (centre ? [page, ...elements] : elements).filter((e) => {
			const s = style(e)
			return s.animationName !== 'none' || parseFloat(s.transitionDuration) || s.scrollBehavior === 'smooth'
		}).map(name),
		/** Whether the element with the focus shows it, and is in sight. */
		unfocused: () => {
			let e = document.activeElement
			while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement
			e.visited = true
			if (e === document.body || !elements.includes(e)) return [] // nothing, or something of the host's
			const s = style(e), r = e.getBoundingClientRect(), found = []
			if (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2) found.push('no outline: ' + name(e))
			else {
				// What sits around the element: the ring's own shadow first.
				const around = s.boxShadow !== 'none' ? s.boxShadow.match(/rgb[^)]*\)/)[0] : style(opaque(e.parentElement ?? e.getRootNode().host)).backgroundColor
				if (contrast(s.outlineColor, around) < 3) found.push('outline ' + s.outlineColor + ' on ' + around + ': ' + name(e))
			}
			if (r.bottom < 0 || r.top > innerHeight || r.right < 0 || r.left > innerWidth) found.push('out of sight: ' + name(e))
			return found
		},
		/** What Tab should have reached and did not. */
		unvisited: () => {
			const stops = elements.filter((e) => shown(e) && e.tabIndex >= 0 && e.matches('a[href], button, summary, input, select, textarea, [tabindex]') && !e.disabled)
			const group = (e) => e.type === 'radio' && stops.some((o) => o.name === e.name && o.type === 'radio' && o.visited)
			return stops.filter((e) => !e.visited && !group(e)).map(name)
		},
	}
})()
