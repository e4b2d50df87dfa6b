package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

// accepted reports whether the request form takes an address, and with what it is refused.
func accepted(address string) (bool, string) {
	errs := rights.Journey{}.Validate(rights.StepReply, rights.Request{Name: "Ada", Reply: rights.ByEmail, Email: address})
	for _, e := range errs {
		if e.Name == rights.FieldEmail {
			return false, e.Key
		}
	}
	return true, ""
}

// mailable reports why a mail can't be written to an address, by the library that
// sends it and by that of the language.
func mailable(address string) error {
	m := message
	m.To = address
	msg, err := compose(m, &netmail.Address{Address: "privacy@example.org"}, date)
	if err != nil {
		return err
	}
	to, err := msg.GetRecipients()
	if err != nil {
		return err
	}
	if len(to) != 1 || strings.ContainsAny(strings.Trim(to[0], "<>"), " <>\"\r\n") {
		return fmt.Errorf("recipients %q", to)
	}
	_, err = netmail.ParseAddress(to[0])
	return err
}

func TestTheFormTakesWhatCanBeMailedToAndSaysWhyNot(t *testing.T) {
	for address, want := range map[string]string{ // the key of the refusal, after request.error.email.
		"ada@example.org":                        "",
		"Ada.Tenant+repairs@mail.example.org":    "",
		"o'brien_1-2@sub.example.co.uk":          "",
		"!#$%&'*+-/=?^_`{|}~@example.org":        "",
		"ada@exämple.org":                        "",
		"ada@xn--exmple-cua.org":                 "",
		"ada@例え.jp":                              "",
		"siân@example.org":                       "",
		"ada@1.example":                          "",
		strings.Repeat("a", 64) + "@example.org": "",

		"ada":                                    "form",
		"@example.org":                           "form",
		"ada@":                                   "form",
		"ada@example":                            "form",
		"a@b@example.org":                        "form",
		"x@a_b.com":                              "domain",
		"x@a b.com":                              "form",
		"x@-a.com":                               "domain",
		"x@a-.com":                               "domain",
		"x@a..com":                               "domain",
		"x@.a.com":                               "domain",
		"x@a.com.":                               "domain",
		"x@a.1":                                  "domain",
		"x@192.0.2.1":                            "domain",
		"x@[192.0.2.1]":                          "domain",
		"x@a/b.com":                              "domain",
		"x@a;b.com":                              "domain",
		"x@a'b.com":                              "domain",
		"x@a+b.com":                              "domain",
		"x@xn--zzzzzz-.com":                      "domain",
		"x@xn--a.com":                            "domain",
		"x@a\u200db.com":                         "domain",
		"x@" + strings.Repeat("a", 64) + ".com":  "domain",
		"x@" + strings.Repeat("ä", 60) + ".com":  "domain",
		".x@example.org":                         "local",
		"x.@example.org":                         "local",
		"x..y@example.org":                       "local",
		"\"x y\"@example.org":                    "form",
		"\"x\"@example.org":                      "local",
		"x,y@example.org":                        "local",
		"<x@example.org":                         "local",
		"x\\y@example.org":                       "local",
		"x\u200by@example.org":                   "local",
		strings.Repeat("a", 65) + "@example.org": "local",
	} {
		ok, key := accepted(address)
		if want == "" {
			assert.True(t, ok, "%s: %s", address, key)
			assert.NoError(t, mailable(address), address)
			continue
		}
		assert.Equal(t, "request.error.email."+want, key, address)
	}
}

// TestWhateverTheFormTakesCanBeMailedTo puts every character at every place of an address.
func TestWhateverTheFormTakesCanBeMailedTo(t *testing.T) {
	taken := 0
	for r := rune(0); r < 0x30000; r++ {
		if r == 0x3400 { // the ideographs that all behave alike
			r = 0xa000
		}
		for _, form := range []string{"a%cb@example.org", "%c@example.org", "x@a%cb.org", "x@%c.org", "x@a.%c", "x@a.o%cg"} {
			address := fmt.Sprintf(form, r)
			if ok, _ := accepted(address); ok {
				taken++
				require.NoError(t, mailable(address), "%q, %U", address, r)
			}
		}
	}
	assert.Greater(t, taken, 1000)
}

// FuzzWhateverTheFormTakesCanBeMailedTo looks for an address that the form takes
// and a mail can't be written to.
func FuzzWhateverTheFormTakesCanBeMailedTo(f *testing.F) {
	for _, s := range []string{"ada@example.org", "x@a_b.com", "ada@exämple.org", "x@xn--a.com", "a+b@c.d", "x@a--b.com", "x@ab--c.com", "é@x.org", "x@١.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		form, err := rights.Parse(rights.Request{Email: address}.Values())
		if err != nil {
			return
		}
		if ok, _ := accepted(form.Request.Email); ok && form.Request.Email != "" {
			require.NoError(t, mailable(form.Request.Email), "%q", form.Request.Email)
		}
	})
}
