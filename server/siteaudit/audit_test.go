package siteaudit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/server/siteaudit"
)

func errorsOf(r *siteaudit.Report) []string {
	var all []string
	for _, f := range r.Findings {
		if f.Severity == siteaudit.Error {
			all = append(all, f.Rule+": "+f.What+" "+string(f.Stage))
		}
	}
	return all
}

func TestACleanSiteGivesNoError(t *testing.T) { // W10
	r := audit(t, options(t, "progress-group", "/progress-group/", "/progress-group/repairs"))
	assert.Empty(t, errorsOf(r))
	assert.Len(t, r.Pages, 2)
	assert.Equal(t, []siteaudit.Stage{
		siteaudit.Before, siteaudit.Rejected, siteaudit.Accepted, siteaudit.Withdrawing, siteaudit.Withdrawn,
		only("preferences"), only("statistics"), only("marketing"), siteaudit.BeforeGPC,
	}, r.Stages)
	seen := map[siteaudit.Stage]bool{}
	for _, q := range r.Requests {
		assert.NotContains(t, q.Path, "?")
		seen[q.Stage] = seen[q.Stage] || "http://"+q.Host == world.third
	}
	assert.True(t, seen[siteaudit.Accepted], "what the choice releases was seen")
	assert.False(t, seen[siteaudit.Before] || seen[siteaudit.Rejected] || seen[siteaudit.Withdrawn] || seen[siteaudit.BeforeGPC], "and nothing without it")
	names := []string{}
	for _, c := range r.Cookies {
		names = append(names, c.Name)
	}
	assert.Contains(t, names, "_sl")
}

func TestEveryPlantedFaultIsFound(t *testing.T) { // W10
	r := audit(t, options(t, "progress-group", "/progress-group/hostile/faults"))
	stranger, third := strings.TrimPrefix(world.stranger, "http://"), strings.TrimPrefix(world.third, "http://")
	for _, want := range []struct {
		name, rule, subject string
		stage               siteaudit.Stage // of the first or a further place; "" where the HTML is meant
	}{
		{"a beacon and a socket to a company that nobody named", "undeclared-request", stranger, siteaudit.Before},
		{"a cookie that nobody declared", "undeclared-cookie", "planted_id 127.0.0.1", siteaudit.Before},
		{"an item in localStorage", "undeclared-storage", "localStorage planted.local", siteaudit.Before},
		{"an item in sessionStorage", "undeclared-storage", "sessionStorage planted.session", siteaudit.Before},
		{"a database", "undeclared-storage", "indexedDB planted-base", siteaudit.Before},
		{"a declared tag that does not wait", "before-choice", third, siteaudit.Before},
		{"so it is with Global Privacy Control", "before-choice", third, siteaudit.BeforeGPC},
		{"and its cookie", "before-choice", "_cp 127.0.0.1", siteaudit.Before},
		{"it runs after Reject", "after-refusal", third, siteaudit.Rejected},
		{"and keeps its cookie", "after-refusal", "_cp 127.0.0.1", siteaudit.Rejected},
		{"its cookie is there when another purpose is on", "not-chosen", "_cp 127.0.0.1 with only statistics on", only("statistics")},
		{"it runs after the consent was taken back", "after-withdrawal", third, siteaudit.Withdrawn},
		{"a cookie is still there, where no script can delete it", "left-over", "_sl_hidden 127.0.0.1", siteaudit.Withdrawn},
		{"a cookie of the session that lives for a month", "lives-longer", "lb_route 127.0.0.1", siteaudit.Before},
		{"a pixel in noscript", "noscript-pixel", "img " + third + "/third-party/pixel.gif", siteaudit.Before},
		{"an endpoint of tags on the site's own host", "server-side-tagging", strings.TrimPrefix(world.demo, "http://") + "/g/collect", siteaudit.Before},
		{"a script without data-consent", "not-gated", "script " + third + "/third-party/circle.js", siteaudit.Before},
		{"a frame that has data-consent and src", "not-gated", "iframe marketing " + third + "/third-party/player", siteaudit.Before},
		{"a purpose that there is not", "unknown-purpose", "nonsense", siteaudit.Before},
		{"a connection ahead of the choice", "early-connection", stranger, siteaudit.Before},
		{"a tag before Latchkey", "loader-late", world.demo + "/progress-group/hostile/faults", siteaudit.Before},
		{"something declared that is not there", "never-seen", "cookie portal_auth", ""},
	} {
		t.Run(want.name, func(t *testing.T) {
			i := slices.IndexFunc(r.Findings, func(f siteaudit.Finding) bool { return f.Rule == want.rule && f.Subject == want.subject })
			require.GreaterOrEqual(t, i, 0, "%s %s", want.rule, want.subject)
			f := r.Findings[i]
			stages := []siteaudit.Stage{f.Stage}
			for _, p := range f.Also {
				stages = append(stages, p.Stage)
			}
			assert.Contains(t, stages, want.stage)
			assert.NotEmpty(t, f.What)
			assert.NotEmpty(t, f.Do)
			assert.Equal(t, world.demo+"/progress-group/hostile/faults", f.Page)
		})
	}
	kinds := map[string]bool{}
	for _, q := range r.Requests {
		if q.Host == stranger {
			kinds[q.Type] = true
		}
	}
	assert.True(t, kinds["ping"] && kinds["websocket"], "the beacon and the socket: %v", kinds)

	all := written(t, r, "json", "")
	assert.NotContains(t, all, "somebody@example.org", "nothing of a query is in the report")
	assert.Contains(t, r.Declarations, "- name: planted_id\n        kind: cookie\n")
	formats(t, r)
}

// formats reads the report back as machines do.
func formats(t *testing.T, r *siteaudit.Report) {
	t.Helper()
	var back siteaudit.Report
	require.NoError(t, json.Unmarshal([]byte(written(t, r, "json", "")), &back))
	assert.Equal(t, r.Findings, back.Findings)

	var sarif struct {
		Schema, Version string
		Runs            []struct {
			Invocations []struct{ EndTimeUTC string }
			Tool        struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine int }
					}
				}
				PartialFingerprints map[string]string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(written(t, r, "sarif", "")), &sarif))
	assert.Equal(t, "2.1.0", sarif.Version)
	require.Len(t, sarif.Runs, 1)
	assert.NotEmpty(t, sarif.Runs[0].Tool.Driver.Name)
	require.Len(t, sarif.Runs[0].Invocations, 1)
	assert.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`, sarif.Runs[0].Invocations[0].EndTimeUTC, "in UTC (SARIF 2.1.0, section 3.9)")
	require.Len(t, sarif.Runs[0].Results, len(r.Findings))
	prints := map[string]bool{}
	for i, result := range sarif.Runs[0].Results {
		assert.Equal(t, result.RuleID, sarif.Runs[0].Tool.Driver.Rules[result.RuleIndex].ID)
		assert.Contains(t, []string{"error", "warning", "note"}, result.Level)
		assert.NotEmpty(t, result.Message.Text)
		require.NotEmpty(t, result.Locations)
		assert.Equal(t, r.Findings[i].Page, result.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		if r.Findings[i].Line > 0 {
			assert.Equal(t, r.Findings[i].Line, result.Locations[0].PhysicalLocation.Region.StartLine)
		}
		assert.False(t, prints[result.PartialFingerprints["latchkey/v1"]], "fingerprints tell findings apart")
		prints[result.PartialFingerprints["latchkey/v1"]] = true
	}

	var junit struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Type string `xml:"type,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal([]byte(written(t, r, "junit", siteaudit.Error)), &junit))
	assert.Equal(t, len(siteaudit.Rules)*len(junit.Suites), junit.Tests)
	failed := 0
	for _, s := range junit.Suites {
		for _, c := range s.Cases {
			if c.Failure != nil {
				failed++
				assert.Equal(t, c.Name, c.Failure.Type)
			}
		}
	}
	assert.Positive(t, failed)
	assert.Equal(t, failed, junit.Failures)
	assert.Contains(t, written(t, r, "table", ""), "ERROR  undeclared-cookie\n")
	assert.NotContains(t, written(t, r, "junit", ""), "<failure", "nothing fails where nothing may")
}

func written(t *testing.T, r *siteaudit.Report, format string, fail siteaudit.Severity) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.Write(&b, format, fail))
	return b.String()
}

func TestPagesOnWhichLatchkeyIsNotAsItShouldBe(t *testing.T) {
	r := audit(t, options(t, "progress-group", "/progress-group/hostile/wrong-purpose", "/progress-group/hostile/without",
		"/progress-group/hostile/other-site", "/progress-group/hostile/shut-out", "/progress-group/hostile/nowhere"))
	page := func(name string) string { return world.demo + "/progress-group/hostile/" + name }
	for _, want := range []struct{ name, rule, page string }{
		{"a page without the script tag", "loader-missing", page("without")},
		{"a page with the script of another site", "loader-wrong-site", page("other-site")},
		{"a policy that shuts the script out", "csp-violation", page("shut-out")},
		{"so that it does not work", "loader-failed", page("shut-out")},
		{"a page that is not there", "page-failed", page("nowhere")},
		{"a tag that waits for another purpose", "not-chosen", page("wrong-purpose")},
	} {
		t.Run(want.name, func(t *testing.T) {
			assert.True(t, slices.ContainsFunc(r.Findings, func(f siteaudit.Finding) bool { return f.Rule == want.rule && f.Page == want.page }),
				"%s on %s, among %s", want.rule, want.page, strings.Join(errorsOf(r), "\n"))
		})
	}
}

func TestAnAuditThatCantBe(t *testing.T) {
	o := options(t, "progress-group", "/progress-group/")
	o.URLs = []string{"ftp://www.example.org/"}
	_, err := siteaudit.Audit(t.Context(), o)
	assert.ErrorIs(t, err, fault.Invalid)

	_, err = siteaudit.FindBrowser("/no/such/browser")
	assert.ErrorIs(t, err, fault.NotFound)
	assert.ErrorContains(t, err, "--browser")

	ctx, cancel := context.WithCancel(t.Context())
	o = options(t, "progress-group", "/progress-group/")
	o.Progress = func(string) { cancel() } // as with Ctrl-C, once the browser runs
	_, err = siteaudit.Audit(ctx, o)
	assert.ErrorIs(t, err, context.Canceled)
}
