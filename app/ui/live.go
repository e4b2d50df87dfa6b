package ui

import "net/url"

// Live is what a person has put into a page before WebAssembly takes it over:
// cmd/panel reads it from the document and gives it to [View.TakeOver], so that
// the first rendering on the client says what the document already says.
//
// It is only about what components render from. The document's nodes are kept,
// so focus, caret, scroll and open sections need no help; and what the boot
// script owns (the switches of the preferences, elements with data-when,
// data-say or data-kept) components leave alone on the client, see [bootHidden].
type Live struct {
	// Form holds the page's main form as a browser would send it: the text of
	// each field, and the values of the boxes and radio buttons that are ticked,
	// by the name of the control.
	Form url.Values
}

// TakeOver puts what the document holds into the view, before it is rendered
// for the first time on the client.
func (v *View) TakeOver(live Live) {
	if v.Request != nil {
		v.Request.TakeOver(live)
	}
	if v.Notice != nil {
		v.Notice.TakeOver(live)
	}
	if v.Receipt != nil && v.Receipt.Receipt == nil {
		v.Receipt.Code = live.Form.Get("code")
	}
}

// Live reports whether the page's components do something in Go that the plain
// page can't. Only such a page is worth the WebAssembly to a visitor: the form of
// the request journey, which turns its pages and checks its answers by itself.
func (v View) Live() bool { return v.Page == RequestPage && v.Request != nil && v.Request.Sent == nil }
