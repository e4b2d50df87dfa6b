package siteaudit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"
)

// The parts of SARIF 2.1.0 that are used
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string    `json:"id"`
		Short   sarifText `json:"shortDescription"`
		Help    sarifText `json:"help"`
		Default struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful bool   `json:"executionSuccessful"`
		End        string `json:"endTimeUtc"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   map[string]any    `json:"properties"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
		Message *sarifText `json:"message,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

// sarif writes the report for tools that read static-analysis results. A
// result's fingerprint is made of its rule and subject, so that it is the same
// one in the next audit.
func (r *Report) sarif(w io.Writer) error {
	var run sarifRun
	run.Tool.Driver.Name = "latchkey audit"
	for _, rule := range Rules {
		sr := sarifRule{ID: rule.ID, Short: sarifText{rule.Short}, Help: sarifText{rule.Help}}
		sr.Default.Level = string(rule.Severity)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sr)
	}
	run.Invocations = []sarifInvocation{{Successful: true, End: r.Started.UTC().Format(time.RFC3339)}}
	run.Results = []sarifResult{}
	for _, f := range r.Findings {
		sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Subject))
		result := sarifResult{
			RuleID:       f.Rule,
			RuleIndex:    slices.IndexFunc(Rules, func(rule Rule) bool { return rule.ID == f.Rule }),
			Level:        string(f.Severity),
			Message:      sarifText{fmt.Sprintf("%s\n\n%s", f.What, f.Do)},
			Fingerprints: map[string]string{"latchkey/v1": hex.EncodeToString(sum[:16])},
			Properties:   map[string]any{"stage": f.Stage, "subject": f.Subject},
		}
		if f.Declaration != "" {
			result.Properties["declaration"] = f.Declaration
		}
		for i, p := range append([]Place{f.Place}, f.Also...) {
			var l sarifLocation
			l.Physical.Artifact.URI = p.Page
			if i == 0 && f.Line > 0 {
				l.Physical.Region = &sarifRegion{f.Line}
			}
			if p.Stage != "" {
				l.Message = &sarifText{string(p.Stage)}
			}
			result.Locations = append(result.Locations, l)
		}
		run.Results = append(run.Results, result)
	}
	return indented(w, sarifLog{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}
