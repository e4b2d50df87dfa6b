package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
)

// keysCmd manages the keys that sign the logs.
type keysCmd struct {
	Show   keysShowCmd   `cmd:"" help:"Print the public keys of the log of receipts, the one that signs now first, and then those of the audit log. Anybody may have them."`
	Rotate keysRotateCmd `cmd:"" help:"Make a new key that signs from the server's next start. What was signed before stays good."`
}

type keysFlags struct {
	Data string `help:"Folder that the server keeps its data in." required:"" type:"existingdir" placeholder:"DIR"`
}

func (f keysFlags) dir() string { return filepath.Join(f.Data, "keys") }

type keysShowCmd struct{ keysFlags }

type keysRotateCmd struct {
	keysFlags
	Log string `help:"Whose key: that of the log of receipts, or of the audit log." enum:"receipts,audit" default:"receipts" env:"LATCHKEY_KEYS_LOG" placeholder:"receipts|audit"`
}

// Run prints the public keys.
func (c *keysShowCmd) Run(s streams) error {
	public, err := receiptlog.PublicKeys(c.dir())
	if err != nil {
		return err
	}
	audit, err := auditKeys(c.Data)
	if err != nil {
		return err
	}
	for _, key := range append(public, audit...) {
		fmt.Fprintln(s.out, key)
	}
	return nil
}

// auditKeys are the public keys of the audit log in a data folder; none if no server has made them yet.
func auditKeys(data string) ([]string, error) {
	keys, err := receiptlog.Audit.PublicKeys(filepath.Join(data, "keys"))
	if errors.Is(err, fault.NotFound) {
		return nil, nil
	}
	return keys, err
}

// Run makes a new key.
func (c *keysRotateCmd) Run(s streams) error {
	log := receiptlog.Receipts
	if c.Log == "audit" {
		log = receiptlog.Audit
	}
	keys, err := log.Rotate(c.dir())
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, keys.Public[0])
	if log == receiptlog.Audit {
		fmt.Fprintln(s.err, "This key signs the audit log from the next start of the server. Keep it beside the ones before it, which verify what they signed; the private key before it is gone.")
		return nil
	}
	fmt.Fprintln(s.err, "This key signs from the next start of the server. Publish it beside the ones before it, which verify what they signed; the private key before it is gone.")
	return nil
}

// signFlags say with which key a command signs.
type signFlags struct {
	LogKey string `name:"log-key" help:"Private key that signs the log of receipts, in the place of DATA/keys/log.key. Best given in the environment." placeholder:"KEY"`
}

// keys returns the keys of the log in a data folder. None are made where there are none.
func (f signFlags) keys(data string) (receiptlog.Keys, error) {
	dir := filepath.Join(data, "keys")
	if _, err := receiptlog.PublicKeys(dir); err != nil {
		return receiptlog.Keys{}, err
	}
	return receiptlog.LoadKeys(dir, "", f.LogKey)
}
