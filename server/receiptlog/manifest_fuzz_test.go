package receiptlog_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
)

// FuzzOpenJSON holds a signed note to what was signed: whatever is done to it, it is opened with the same
// value, or refused with a kind of error that a command can put into words.
func FuzzOpenJSON(f *testing.F) {
	keys, err := receiptlog.LoadKeys(f.TempDir(), "privacy.example.org", "")
	require.NoError(f, err)
	type backup struct{ Receipts int }
	good, err := keys.SignJSON("latchkey-backup/1", backup{3})
	require.NoError(f, err)
	other, err := keys.SignJSON("latchkey-export/1", backup{4})
	require.NoError(f, err)
	for _, text := range []string{good, other, "", "\n\n", good[:len(good)/2], good + good, strings.ToUpper(good), strings.Replace(good, "3", "4", 1), strings.ReplaceAll(good, "\n", "\r\n")} {
		f.Add(text, keys.Public[0])
	}
	f.Add(good, "")
	f.Add(good, "privacy.example.org+00000000+AAAA")
	f.Fuzz(func(t *testing.T, signed, public string) {
		var got backup
		err := receiptlog.OpenJSON(signed, "latchkey-backup/1", []string{public}, &got)
		if err == nil && public == keys.Public[0] {
			assert.Equal(t, 3, got.Receipts)
			return
		}
		if err != nil {
			assert.True(t, errors.Is(err, fault.Malformed) || errors.Is(err, fault.Forbidden), "%v", err)
		}
	})
}
