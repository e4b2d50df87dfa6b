//go:build js && wasm

// Command proof is the receipt check as a WebAssembly program of its own: the same
// Go as "latchkey verify receipt", small enough to be fetched when somebody asks for it.
//
// It puts one function into the page, latchkeyVerify(file, keys), which takes a
// receipt file and public keys, one a line, both as strings, and returns the
// JSON of a result. It touches nothing else: not the document, not the network,
// and nothing that is stored.
package main

import (
	"encoding/json"
	"errors"
	"syscall/js"
	"time"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// result is what the page (web/verify.ts) gets.
type result struct {
	Result string `json:"result"`        // see verify
	Why    string `json:"why,omitempty"` // in English, for whoever looks closer

	Receipt    string                  `json:"receipt,omitempty"` // id
	Time       time.Time               `json:"time,omitzero"`
	Controller string                  `json:"controller,omitempty"` // name
	Purposes   []consent.PurposeAnswer `json:"purposes,omitempty"`
	Index      int64                   `json:"index"` // of the leaf
	Size       int64                   `json:"size"`  // of the log that was signed
	Signers    []string                `json:"signers,omitempty"`
}

func main() {
	js.Global().Set("latchkeyVerify", js.FuncOf(func(_ js.Value, args []js.Value) any {
		b, err := json.Marshal(verify(args[0].String(), args[1].String()))
		if err != nil {
			panic(err) // of strings and numbers
		}
		return string(b)
	}))
	select {} // the page calls as often as it likes
}

// verify returns one of the results genuine, pending, changed (a part does not go
// with the others), unsigned (by none of the keys), unreadable (the file) and key (not one).
func verify(file, keys string) result {
	list := evidence.ParseKeys(keys)
	if err := evidence.CheckKeys(list); err != nil {
		return result{Result: "key", Why: fault.Text(err)}
	}
	found, err := evidence.Verify([]byte(file), list)
	r := result{
		Result: "genuine", Receipt: found.Receipt.ID, Time: found.Receipt.Time, Controller: found.Receipt.Event.Controller.Name,
		Purposes: found.Receipt.Event.Purposes, Index: found.Index, Size: found.Checkpoint.Size, Signers: found.Signers,
	}
	switch {
	case errors.Is(err, evidence.ErrPending):
		r.Result = "pending"
	case errors.Is(err, fault.Forbidden):
		r = result{Result: "unsigned", Why: fault.Text(err)}
	case errors.Is(err, fault.Malformed), errors.Is(err, fault.TooLarge):
		r = result{Result: "unreadable", Why: fault.Text(err)}
	case err != nil:
		r = result{Result: "changed", Why: fault.Text(err)}
	}
	return r
}
