package config

import (
	"slices"
	"strings"
)

// A choice is only free if refusing is as easy as accepting and nothing is on
// before somebody switches it on (PECR reg 6, UK GDPR Art 4(11), the ICO's
// guidance on storage and access). So there is no key for any of it, and who
// looks for one is told why (LAW W9).

const (
	refusePreTick = "nothing may be switched on for people before they choose. Delete this key: every purpose starts off, except those that the law exempts"
	refuseHide    = "Reject has to stay on the first layer, as easy to use as Accept. Delete this key: it can't be hidden, moved or made smaller"
	refuseLabel   = "the words and the look of Accept and Reject are the same everywhere, so that nobody is steered. Delete this key: they can't be changed"
	refuseWall    = "a website may not be closed to people who refuse. Delete this key: there is no cookie wall"
)

// refusal is the reason why a key that somebody might try is refused, or "".
func refusal(key string) string {
	plain := strings.Map(letters, strings.ToLower(key))
	button := containsAny(plain, "reject", "accept", "decline", "refuse", "deny", "dismiss", "allowall", "denyall")
	switch {
	case button && containsAny(plain, "hide", "hidden", "show", "disable", "enable", "remove", "without", "noreject", "nodecline"):
		return refuseHide
	case button:
		return refuseLabel
	case containsAny(plain, "prechecked", "pretick", "preselect", "optout", "impliedconsent", "softoptin", "consentbydefault"),
		isAny(plain, "default", "defaulton", "defaults", "defaultstate", "defaultvalue", "checked", "ticked", "selected", "on", "enabled", "enabledbydefault", "onbydefault", "initial", "granted", "preset"):
		return refusePreTick
	case containsAny(plain, "wall", "forceconsent", "mustconsent", "blockpage", "lockscroll", "consentorpay"):
		return refuseWall
	}
	return ""
}

// protected lists the messages that a group can't word anew: the labels of
// everything that makes, changes, withdraws or leaves open a choice.
var protected = []string{
	"banner.accept", "banner.reject", "banner.choose", "banner.close", "banner.control",
	"banner.object", "cover.once", "cover.always", "cover.button",
	"preferences.accept", "preferences.reject", "preferences.withdraw",
	"preferences.allow", "preferences.object", "preferences.again", "preferences.save", "preferences.alone.link",
}

// isProtected reports whether an override of the message key is refused. An
// entry of [protected] stands for its key and every longer one that begins so:
// preferences.accept also for preferences.accept-all.
func isProtected(key string) bool {
	for _, p := range protected {
		rest, ok := strings.CutPrefix(key, p)
		if ok && (rest == "" || rest[0] == '-' || rest[0] == '.') {
			return true
		}
	}
	return false
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func isAny(s string, words ...string) bool { return slices.Contains(words, s) }
