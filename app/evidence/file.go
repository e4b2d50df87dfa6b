package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

// Format is the first word of a receipt file.
const Format = "latchkey-receipt/1"

// MaxFile is the largest receipt file that is read, in bytes.
const MaxFile = 1 << 20

// File is a receipt with everything that proves it. Verifying it needs nothing
// else but a public key of the log.
type File struct {
	Format  string          `json:"format"`  // [Format]
	Entry   json.RawMessage `json:"entry"`   // an [Entry] of kind [Chosen]
	Edition json.RawMessage `json:"edition"` // the [consent.Edition] that the entry names by its hash
	Shown   string          `json:"shown"`   // the text that was shown
	Salt    []byte          `json:"salt"`    // base64
	// Proof is missing until the receipt is part of the log.
	Proof *Proof `json:"proof,omitempty"`
}

// Proof shows that a commitment is a leaf of the log (RFC 9162, section 2.1.3).
type Proof struct {
	Index      int64    `json:"index"`      // of the leaf
	Path       [][]byte `json:"path"`       // hashes from the leaf to the root, base64
	Checkpoint string   `json:"checkpoint"` // signed, of the tree that the path leads to
}

// Finding is what a verified file says.
type Finding struct {
	Receipt    consent.Receipt
	Edition    consent.Edition
	Shown      string
	Index      int64      // of the leaf
	Checkpoint Checkpoint // what was signed
	Signers    []string   // the keys that signed it, as "origin+hash"
}

// ErrPending says that a receipt is whole, but not yet part of the log: its proof follows.
var ErrPending = errors.New("the receipt is not in the log yet, so it has no proof")

// NewFile makes the file of a receipt. proof is nil as long as there is none.
func NewFile(s consent.Stored, e consent.Edition, shown string, proof *Proof) (File, error) {
	edition, err := Canonical(e)
	if err != nil {
		return File{}, fmt.Errorf("edition %s: %w", e.ID, err)
	}
	entry, err := Canonical(Record(s, hexSum(edition)))
	if err != nil {
		return File{}, fmt.Errorf("receipt %s: %w", s.ID, err)
	}
	return File{Format: Format, Entry: entry, Edition: edition, Shown: shown, Salt: s.Salt, Proof: proof}, nil
}

// Bytes returns the file as it is written: canonical JSON and a line feed. Other
// white space and another order of the fields would be the same file.
func (f File) Bytes() ([]byte, error) {
	b, err := Canonical(f)
	if err != nil {
		return nil, fmt.Errorf("receipt file: %w", err)
	}
	return append(b, '\n'), nil
}

// Verify reads a receipt file and checks all of it against the public keys of
// the log (see [OpenCheckpoint]): that the edition and the shown text are the
// ones that the entry names, that the entry is committed to by a leaf of the log, and that the
// log's state is signed. The error says what does not hold and wraps
// [fault.Malformed], [fault.TooLarge], [fault.Invalid] or [fault.Forbidden]; it is [ErrPending],
// beside the finding, if all holds but there is no proof yet.
//
// No part of the file can be changed unnoticed: it must be, but for white space
// and order, what [File.Bytes] writes. A field that is there twice, that is spelt in
// other case or that this version does not know is refused, so that no two readers
// can take one file for two different receipts.
func Verify(file []byte, keys []string) (Finding, error) {
	f, err := parseFile(file)
	if err != nil {
		return Finding{}, err
	}
	finding, commitment, err := f.open()
	if err != nil {
		return Finding{}, err
	}
	if f.Proof == nil {
		return finding, ErrPending
	}
	if finding.Checkpoint, finding.Signers, err = openCheckpoint(f.Proof.Checkpoint, keys); err != nil {
		return Finding{}, err
	}
	if err := f.Proof.check(finding.Checkpoint, commitment); err != nil {
		return Finding{}, err
	}
	finding.Index = f.Proof.Index
	return finding, nil
}

// check checks that a commitment is a leaf of the log at a checkpoint.
func (p Proof) check(at Checkpoint, commitment []byte) error {
	var path tlog.RecordProof
	for _, h := range p.Path {
		if len(h) != tlog.HashSize {
			return fmt.Errorf("proof: a hash of %d bytes, want %d: %w", len(h), tlog.HashSize, fault.Malformed)
		}
		path = append(path, tlog.Hash(h))
	}
	if p.Index < 0 || p.Index >= at.Size {
		return fmt.Errorf("proof: leaf %d is not in a log of %d: %w", p.Index, at.Size, fault.Invalid)
	}
	if err := tlog.CheckRecord(path, at.Size, at.Root, p.Index, tlog.RecordHash(commitment)); err != nil {
		return fmt.Errorf("proof: the log does not hold this receipt at leaf %d: %w", p.Index, fault.Invalid)
	}
	return nil
}

func parseFile(b []byte) (File, error) {
	if len(b) > MaxFile {
		return File{}, fmt.Errorf("the file is larger than %d bytes: %w", MaxFile, fault.TooLarge)
	}
	var named struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(b, &named); err != nil {
		return File{}, fmt.Errorf("not a receipt file: %w: %w", err, fault.Malformed)
	}
	if named.Format != Format {
		return File{}, fmt.Errorf("format: %q, want %q: %w", named.Format, Format, fault.Malformed)
	}
	var f File
	if err := exact(b, &f); err != nil {
		return File{}, fmt.Errorf("not a receipt file: %w", err)
	}
	return f, nil
}

// exact reads JSON into v and makes sure that v says all that the JSON does.
func exact(b []byte, v any) error {
	got, err := canonical(b) // refuses what is there twice
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(got))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", err, fault.Malformed)
	}
	want, err := Canonical(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("a field is not written as it should be: %w", fault.Malformed)
	}
	return nil
}

// open checks that the parts of the file belong together.
func (f File) open() (Finding, []byte, error) {
	bad := func(format string, args ...any) (Finding, []byte, error) {
		return Finding{}, nil, fmt.Errorf(format+": %w", append(args, fault.Invalid)...)
	}
	var entry Entry
	var edition consent.Edition
	if err := exact(f.Entry, &entry); err != nil {
		return Finding{}, nil, fmt.Errorf("entry: %w", err)
	}
	if err := exact(f.Edition, &edition); err != nil {
		return Finding{}, nil, fmt.Errorf("edition: %w", err)
	}
	editionHash, err := EditionHash(edition)
	if err != nil {
		return Finding{}, nil, err
	}
	switch {
	case entry.Kind != Chosen || entry.Choice == nil:
		return bad("entry: not of a receipt")
	case entry.Edition != editionHash:
		return bad("edition: not the one that the entry names by its hash")
	case edition.Shown != hexSum([]byte(f.Shown)):
		return bad("shown: not the text that the edition names by its hash")
	case entry.Choice.Edition != edition.ID:
		return bad("entry: names another edition by its id than by its hash")
	}
	event, err := consent.Complete(*entry.Choice, edition)
	if err != nil {
		return Finding{}, nil, fmt.Errorf("entry: %w", err)
	}
	stored := consent.Stored{Receipt: consent.Receipt{ID: entry.Receipt, Time: entry.Time, Event: event}, Edition: edition.ID, Salt: f.Salt}
	commitment, err := Commit(f.Salt, Record(stored, editionHash))
	if err != nil {
		return Finding{}, nil, err
	}
	if same, err := Commit(f.Salt, entry); err != nil || !bytes.Equal(same, commitment) {
		return bad("entry: says more than a receipt does")
	}
	return Finding{Receipt: stored.Receipt, Edition: edition, Shown: f.Shown}, commitment, nil
}
