package consent_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

// The vectors are shared with the loader: web/test holds its TypeScript to the
// same files.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("../../testdata/vectors/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
}

// choice is a choice as the vectors write it.
type choice struct {
	Date     string                     `json:"date"`
	Revision string                     `json:"revision"`
	Method   consent.Method             `json:"method"`
	GPC      bool                       `json:"gpc"`
	On       map[consent.PurposeID]bool `json:"on"`
}

func TestCookieVectors(t *testing.T) {
	var v struct {
		Read []struct {
			Name, Value string
			Want        *choice
		}
		Write []struct {
			Name, Want string
			Choice     choice
		}
	}
	vectors(t, "cookie.json", &v)
	require.NotEmpty(t, v.Read)
	for _, tt := range v.Read {
		t.Run("read "+tt.Name, func(t *testing.T) {
			got, err := consent.ParseCookie(tt.Value)
			if tt.Want == nil {
				require.ErrorIs(t, err, fault.Invalid)
				assert.Zero(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, consent.Choice(*tt.Want), got)
			assert.Equal(t, tt.Value, got.Cookie(), "written again it is the same")
		})
	}
	require.NotEmpty(t, v.Write)
	for _, tt := range v.Write {
		t.Run("write "+tt.Name, func(t *testing.T) {
			assert.Equal(t, tt.Want, consent.Choice(tt.Choice).Cookie())
		})
	}
}

func TestSeveralCookiesAreOneChoiceOrNone(t *testing.T) {
	var v struct {
		Several []struct {
			Name   string
			Values []string
			Want   string
		}
	}
	vectors(t, "cookie.json", &v)
	require.NotEmpty(t, v.Several)
	site := consent.State{Revision: "4f2c9a1b", Purposes: []consent.Purpose{
		{ID: "marketing", Basis: consent.ByConsent}, {ID: "statistics", Basis: consent.ByConsent}, {ID: "visits", Basis: consent.StatisticsExempt},
	}}
	for _, tt := range v.Several {
		t.Run(tt.Name, func(t *testing.T) {
			var standing []consent.Choice
			for _, value := range tt.Values {
				if c, err := consent.ParseCookie(value); err == nil && site.Standing(&c, "2026-11-23", 12).Choice != nil {
					standing = append(standing, c)
				}
			}
			got, ok := consent.Agreed(standing)
			if ok = ok && len(standing) == len(tt.Values); !ok {
				got = consent.Choice{}
			}
			assert.Equal(t, tt.Want != "", ok)
			if ok {
				assert.Equal(t, tt.Want, got.Cookie())
			}
		})
	}
}

func TestStateVectors(t *testing.T) {
	const revision = "4f2c9a1b"
	type answers map[consent.PurposeID]bool
	var v struct {
		Sites    map[string][]consent.Purpose
		Standing []struct {
			Name, Site, Revision, Date, Today string
			On                                answers
			Months                            int
			Want                              bool
		}
		Allowed []struct {
			Name, Site string
			On, Want   answers
			Open       bool
		}
		GPC []struct {
			Name, Site string
			Shared     []consent.PurposeID
			Made, Open bool
			On, Want   answers
		}
		Apply []struct {
			Name, Site          string
			Before, Given, Want answers
			All                 *bool
			Effects             []string
		}
	}
	vectors(t, "state.json", &v)
	state := func(site string, on answers) consent.State {
		require.NotEmpty(t, v.Sites[site])
		s := consent.State{Purposes: v.Sites[site], Revision: revision}
		if on != nil {
			s.Choice = &consent.Choice{Date: "2026-11-01", Revision: revision, Method: consent.Save, On: on}
		}
		return s
	}
	require.NotEmpty(t, v.Standing)
	for _, tt := range v.Standing {
		t.Run("standing: "+tt.Name, func(t *testing.T) {
			stored := &consent.Choice{Date: tt.Date, Revision: revision, Method: consent.Save, On: tt.On}
			if tt.Revision != "" {
				stored.Revision = tt.Revision
			}
			got := state(tt.Site, nil).Standing(stored, tt.Today, tt.Months)
			assert.Equal(t, tt.Want, got.Choice != nil)
		})
	}
	require.NotEmpty(t, v.Allowed)
	for _, tt := range v.Allowed {
		t.Run("allowed: "+tt.Name, func(t *testing.T) {
			got := answers{}
			for id := range tt.Want {
				got[id] = state(tt.Site, tt.On).Allowed(id)
			}
			assert.Equal(t, tt.Want, got)
			assert.Equal(t, tt.Open, state(tt.Site, tt.On).Open(), "whether something is to be asked")
		})
	}
	require.NotEmpty(t, v.GPC)
	for _, tt := range v.GPC {
		t.Run("gpc: "+tt.Name, func(t *testing.T) {
			s := state(tt.Site, nil)
			s.GPC, s.Shared = true, tt.Shared
			if tt.On != nil {
				stored := &consent.Choice{Date: "2026-11-01", Revision: revision, Method: consent.Save, GPC: tt.Made, On: tt.On}
				s = s.Standing(stored, "2026-11-23", 12)
				require.NotNil(t, s.Choice)
			}
			got := answers{}
			for id := range tt.Want {
				got[id] = s.Allowed(id)
			}
			assert.Equal(t, tt.Want, got)
			assert.Equal(t, tt.Open, s.Open(), "whether something is to be asked")
		})
	}
	require.NotEmpty(t, v.Apply)
	for _, tt := range v.Apply {
		t.Run("apply: "+tt.Name, func(t *testing.T) {
			before := state(tt.Site, tt.Before)
			given := tt.Given
			if tt.All != nil {
				given = before.Everything(*tt.All)
			}
			after, effects := consent.Apply(before, consent.Choice{Date: "2026-11-23", Method: consent.Save, On: given})
			require.NotNil(t, after.Choice)
			assert.Equal(t, tt.Want, answers(after.Choice.On))
			assert.Equal(t, revision, after.Choice.Revision)
			var got []string
			for _, e := range effects {
				got = append(got, strings.TrimSpace(string(e.Do)+" "+string(e.Purpose)))
			}
			assert.Equal(t, tt.Effects, got)
		})
	}
}
