// Package fault names the kinds of errors that matter to a caller. Code wraps
// one of these sentinels; the edge of the program (package server, package
// main) turns the kind into a status, a page or an exit code. An error without
// a kind is internal, and its text is shown to nobody but the operator.
package fault

import (
	"errors"
	"strings"
)

var (
	// NotFound: the thing named does not exist, or the caller may not know
	// that it does.
	NotFound = errors.New("not found")
	// Malformed: the input can't be read at all: broken JSON, an unknown field.
	Malformed = errors.New("malformed")
	// Invalid: the input can be read, and breaks a rule that its sender can mend.
	Invalid = errors.New("invalid")
	// TooLarge: the input is larger than what is taken.
	TooLarge = errors.New("too large")
	// MediaType: the input is of a type that is not taken.
	MediaType = errors.New("media type")
	// Method: the resource does not have this method.
	Method = errors.New("method")
	// Unauthorized: the sender has not shown that they may.
	Unauthorized = errors.New("unauthorized")
	// Conflict: the same identifier was used before with other content.
	Conflict = errors.New("conflict")
	// Forbidden: the sender may not do this, whatever the content.
	Forbidden = errors.New("forbidden")
	// TooMany: more was asked in a short time than is answered; later it will be.
	TooMany = errors.New("too many requests")
	// Damaged: what is stored can't be read back as it was written. An operator
	// must put it right.
	Damaged = errors.New("damaged")
	// Unavailable: it can't be done now, and trying again later may help.
	Unavailable = errors.New("unavailable")
)

// kinds are all of the above.
var kinds = []error{NotFound, Malformed, Invalid, TooLarge, MediaType, Method, Unauthorized, Conflict, Forbidden, TooMany, Damaged, Unavailable}

// Text is the text of an error for a sentence of its own: without the kind at its end.
func Text(err error) string {
	text := err.Error()
	for _, kind := range kinds {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	return text
}

// Field is one thing wrong with one answer of a person. Key and Args are a
// message of the catalogue (package i18n), so that it reads in their language
// and says the same beside the field and in the summary.
type Field struct {
	Name string         `json:"name"`           // name of the form control
	Key  string         `json:"key"`            // message key, such as "request.error.name.missing"
	Args map[string]any `json:"args,omitempty"` // placeholders of the message
}
