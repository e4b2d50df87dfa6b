package siteaudit

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"latchkey/app/consent"
)

// walk visits the pages in every stage. The error is one of the browser: what
// is wrong with the pages is in the record.
func (a *auditor) walk() error {
	first, err := a.arrive()
	if err != nil || first == "" {
		return err
	}
	if err := a.accept(first); err != nil {
		return err
	}
	choosable := a.choosable()
	for _, p := range choosable {
		if len(choosable) == 1 && a.bases[p] == consent.ByConsent {
			break // it is what Accept all says
		}
		if err := a.alone(first, p, choosable); err != nil {
			return err
		}
	}
	return a.signal()
}

// stage notes that a stage was reached.
func (a *auditor) stage(s Stage) {
	if !slices.Contains(a.stages, s) {
		a.stages = append(a.stages, s)
	}
}

// visit opens a page and notes what it keeps. What is wrong with the page alone
// becomes a finding.
func (v *visitor) visit(address string) (ok bool, err error) {
	switch err := v.goTo(address); {
	case errors.Is(err, errGone):
		at := v.where()
		if v.stray() != "" {
			return false, nil // found as what it is
		}
		v.a.find(pageFailed, Finding{Place: at, Subject: at.Page, What: "This page could not be audited: " + err.Error() + "."})
		return false, nil
	case err != nil:
		return false, err
	}
	return true, v.observe()
}

// all visits every page.
func (v *visitor) all() error {
	for _, address := range v.a.pages {
		if _, err := v.visit(address); err != nil {
			return err
		}
	}
	return nil
}

// unreachable is the error of an audit without one page, with what went wrong on the first.
func (a *auditor) unreachable() error {
	for _, f := range a.report.Findings {
		if f.Rule == pageFailed {
			return fmt.Errorf("none of the pages could be loaded. %s: %s", f.Page, strings.TrimSuffix(f.What, "."))
		}
	}
	return fmt.Errorf("none of the pages could be loaded: %w", errGone)
}

// arrive visits the pages before a choice, follows links if it is to, and then
// refuses everything. It returns the first page on which Latchkey works.
func (a *auditor) arrive() (first string, err error) {
	v, err := a.visitor(false)
	if err != nil {
		return "", err
	}
	defer v.leave()
	v.be(Before)
	known := map[string]bool{}
	for _, p := range a.pages {
		known[p] = true
	}
	for i := 0; i < len(a.pages); i++ {
		address := a.pages[i]
		ok, err := v.visit(address)
		if err != nil {
			return "", err
		}
		if !ok {
			// No other stage has to fail on it again.
			a.pages = slices.Delete(a.pages, i, i+1)
			i--
			continue
		}
		works := v.ready()
		a.seen.sources = append(a.seen.sources, source{Place: v.where(), address: address, html: v.body(), origin: v.origin(), works: works})
		if works && first == "" {
			first = address
		}
		for _, link := range v.links() {
			if len(a.pages) >= a.Crawl {
				break
			}
			if u, err := url.Parse(link); err == nil && a.asked[hostOf(link)] && !known[link] && loaderSite(link) == "" {
				known[link] = true
				a.pages = append(a.pages, u.String())
			}
		}
	}
	if len(a.pages) == 0 {
		return "", a.unreachable()
	}
	if first == "" {
		return "", nil
	}
	return first, v.refuse(first)
}

// refuse presses Reject, and looks at all pages again.
func (v *visitor) refuse(first string) error {
	a := v.a
	if ok, err := v.visit(first); err != nil || !ok || !v.ready() {
		return err
	}
	if err := v.answer(Rejected, false, "banner.reject", Finding{
		Subject: "Reject", What: "There is no button to refuse that can be pressed, or pressing it did nothing; the choice was made by script instead.",
	}); err != nil {
		return err
	}
	if !v.until(v.control) {
		a.find(noControl, Finding{Place: v.where(), Subject: "control", What: "After Reject there is neither Latchkey's Privacy control nor a link to the preferences."})
	}
	if err := v.all(); err != nil {
		return err
	}
	return v.kept(first)
}

// kept looks whether the choice is still known after going from page to page.
func (v *visitor) kept(first string) error {
	if ok, err := v.visit(first); err != nil || !ok || !v.ready() {
		return err
	}
	if want := v.a.everything(false); len(want) > 0 && !answers(v.choices(), want) {
		v.a.find(choiceLost, Finding{Place: v.where(), Subject: consent.CookieName, What: "The refusal is not known any more after the page was loaded again: people are asked on every page."})
	}
	return nil
}

// accept presses Accept, looks at all pages, takes the consent back and looks again.
func (a *auditor) accept(first string) error {
	v, err := a.visitor(false)
	if err != nil {
		return err
	}
	defer v.leave()
	v.be(Before)
	if ok, err := v.visit(first); err != nil || !ok || !v.ready() {
		return err
	}
	if err := v.answer(Accepted, true, "banner.accept", Finding{
		Subject: "Accept", What: "There is no button to accept that can be pressed, or pressing it did nothing; the choice was made by script instead.",
	}); err != nil {
		return err
	}
	if err := v.all(); err != nil {
		return err
	}
	if ok, err := v.visit(first); err != nil || !ok || !v.ready() {
		return err
	}
	a.answers[Withdrawing], a.answers[Withdrawn] = a.everything(false), a.everything(false)
	v.be(Withdrawing)
	if err := v.withdraw(); err != nil {
		return err
	}
	if err := v.observe(); err != nil {
		return err
	}
	v.be(Withdrawn)
	return v.all()
}

// alone switches one purpose on and all others off.
func (a *auditor) alone(first string, p consent.PurposeID, choosable []consent.PurposeID) error {
	v, err := a.visitor(false)
	if err != nil {
		return err
	}
	defer v.leave()
	v.be(Before)
	if ok, err := v.visit(first); err != nil || !ok || !v.ready() {
		return err
	}
	on := map[consent.PurposeID]bool{}
	for _, id := range choosable {
		on[id] = id == p
	}
	a.answers[Only(p)] = on
	if len(a.everything(true)) == len(choosable) {
		v.be(Only(p))
	} else {
		v.be(Choosing)
	}
	if err := v.set(on); err != nil {
		return err
	}
	v.be(Only(p))
	return v.all()
}

// signal looks at the pages with a browser that sends Global Privacy Control.
func (a *auditor) signal() error {
	v, err := a.visitor(true)
	if err != nil {
		return err
	}
	defer v.leave()
	v.be(BeforeGPC)
	return v.all()
}

// answer presses the button of the first layer whose label is the message key, and
// notes what that chose and left on the device. missing is the finding if there is
// something to answer and no such button.
func (v *visitor) answer(s Stage, yes bool, key string, missing Finding) error {
	a := v.a
	everything := a.everything(yes)
	a.answers[s] = everything
	v.be(s)
	clicked, err := v.click(key, yes)
	if err != nil {
		return err
	}
	asked := len(everything) > 0
	a.noteExempt(s, v.choices())
	if !clicked && asked {
		missing.Place = v.where()
		a.find(noFirstLayer, missing)
	}
	return v.observe()
}

// noteExempt notes whether the choice objects to exempt purposes, too.
func (a *auditor) noteExempt(s Stage, chosen map[consent.PurposeID]bool) {
	for id, on := range chosen {
		if a.bases[id].Exempt() {
			a.answers[s][id] = on
		}
	}
}
