package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/config"
)

const keys = "identifier, ip-address, browsing, referral, viewing, browser, device, location, language, preferences, interests, profile or none"

func TestWhatARecordOfConsentNeedsIsWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a category that nobody knows",
			old:  "data: [viewing, ip-address]",
			new:  "data: [viewing, shoe-size]",
			want: []string{`acme/group.yaml:102:25: "shoe-size" is not a category of personal data: want ` + keys},
		},
		{
			name: "a category that is listed twice",
			old:  "data: [viewing, ip-address]",
			new:  "data: [viewing, viewing]",
			want: []string{"acme/group.yaml:102:25: viewing is listed already: keep one"},
		},
		{
			name: "no personal data, and some",
			old:  "data: [viewing, ip-address]",
			new:  "data: [viewing, none]",
			want: []string{"acme/group.yaml:102:15: none stands for no personal data at all: delete it, or the others"},
		},
		{
			name: "a place that is not a country",
			old:  "stored_in: [device, GB]",
			new:  "stored_in: [device, EU]",
			want: []string{`acme/group.yaml:92:29: "EU" is not a place: want device, or a country by its two capital letters, such as GB`},
		},
		{
			name: "a country in small letters, at a provider",
			old:  "stored_in: [device, US]",
			new:  "stored_in: [device, us]",
			want: []string{`acme/group.yaml:43:25: "us" is not a place: want device, or a country by its two capital letters, such as GB`},
		},
		{
			name: "a provider that is listed twice",
			old:  "    stored_in: [device, US]\n",
			new:  "    stored_in: [device, US]\n  - {name: Clipview, role: processor, address: A, contact: C}\n",
			want: []string{`acme/group.yaml:44:12: the provider "Clipview" is listed already: keep one`},
		},
		{
			name: "a provider with a role that there is not",
			old:  "role: third-party",
			new:  "role: partner",
			want: []string{`acme/group.yaml:40:11: "partner" is not a role: want processor or third-party`},
		},
		{
			name: "a provider that cannot be written to",
			old:  "    address: 1 Reel Street, Leeds, LS1 1AA\n",
			want: []string{"acme/group.yaml:39:5: address is missing: add it"},
		},
	})
}

func TestWhatARecordOfConsentWouldLackIsAWarning(t *testing.T) {
	for _, c := range []broken{
		{
			name: "a technology that can be chosen does not say which data it uses",
			old:  "        data: [viewing, ip-address]\n",
			want: []string{"acme/group.yaml:93:9: data is missing: a record of the choice says which personal data is used. List " + keys},
		},
		{
			name: "an empty list of data",
			old:  "data: [viewing, ip-address]",
			new:  "data: []",
			want: []string{"acme/group.yaml:102:15: data is missing: a record of the choice says which personal data is used. List " + keys},
		},
		{
			name: "neither the technology nor its provider says where the data is",
			old:  "        stored_in: [device, GB]\n",
			want: []string{"acme/group.yaml:79:9: stored_in is missing: a record of the choice says where the data is kept. List device or countries such as GB, here or at the provider"},
		},
		{
			name: "a provider that gets data and is not listed",
			old:  "        provider: Clipview\n",
			new:  "        provider: Clipvue\n        stored_in: [US]\n",
			want: []string{"acme/group.yaml:95:19: Clipvue is not listed under providers: a record of the choice says who receives data, so add it with its role, address and contact"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := copyOf(t, soundDir)
			edit(t, files, "group.yaml", c.old, c.new)
			got, err := config.LoadFS(files, "acme", today)
			require.NoError(t, err)
			assert.Subset(t, texts(got.Warnings), c.want)
		})
	}
}
