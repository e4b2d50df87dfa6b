package siteaudit

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The form of test reports that continuous integration reads: Ant's JUnit XML.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit writes the report as tests: one suite for each page, and in it one test
// for each rule, which fails if a finding of it is at least as bad as fail.
func (r *Report) junit(w io.Writer, fail Severity) error {
	all := junitSuites{Name: "latchkey audit " + r.Site}
	pages := slices.Clone(r.Pages)
	for _, f := range r.Findings { // pages that could not be loaded have left the list
		if !slices.Contains(pages, f.Page) {
			pages = append(pages, f.Page)
		}
	}
	for _, page := range pages {
		suite := junitSuite{Name: page, Time: "0", Timestamp: r.Started.Format("2006-01-02T15:04:05")}
		for _, rule := range Rules {
			c := junitCase{Name: rule.ID, Class: page, Time: "0"}
			var failed, other []string
			first := ""
			for _, f := range r.Findings {
				if f.Rule != rule.ID || f.Page != page {
					continue
				}
				said := fmt.Sprintf("%s (%s)\n%s", f.What, at(f), f.Do)
				if fail != "" && f.Severity.AtLeast(fail) {
					failed = append(failed, said)
					if first == "" {
						first = f.What
					}
				} else {
					other = append(other, string(f.Severity)+": "+said)
				}
			}
			if len(failed) > 0 {
				c.Failure = &junitFailure{Message: first, Type: rule.ID, Text: strings.Join(failed, "\n\n")}
				suite.Failures++
			}
			c.Out = strings.Join(other, "\n\n")
			suite.Cases = append(suite.Cases, c)
		}
		suite.Tests = len(suite.Cases)
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// at says where in a page something was seen.
func at(f Finding) string {
	var parts []string
	if f.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d", f.Line))
	}
	if f.Stage != "" {
		parts = append(parts, string(f.Stage))
	}
	return strings.Join(parts, ", ")
}
