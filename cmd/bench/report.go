package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"text/tabwriter"
)

// series is what repeated measuring of one thing gave.
type series struct {
	Middle float64 `json:"middle"` // interquartile mean: of what is left without the lowest and the highest quarter
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Count  int     `json:"count"`
}

// summary reduces samples, of which there must be one at least.
func summary(samples []float64) series {
	return series{Middle: middle(samples), Min: slices.Min(samples), Max: slices.Max(samples), Count: len(samples)}
}

// middle is the interquartile mean. What is painted comes in frames of 16.7 ms, so
// that samples stand in heaps: medians leap from one to the next, and means follow every outlier.
func middle(samples []float64) float64 {
	s := slices.Sorted(slices.Values(samples))
	quarter := (len(s) + 1) / 4 // of three samples one is left
	s = s[quarter : len(s)-quarter]
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum / float64(len(s))
}

// doubt is how far a ratio of middles may be from what more samples would show: half
// of the 95 % confidence interval, by the bootstrap (B. Efron, 1979).
func doubt(ours, control []float64) float64 {
	chance := rand.New(rand.NewPCG(1, 2)) // the same in every run
	again := func(samples []float64) float64 {
		drawn := make([]float64, len(samples))
		for i := range drawn {
			drawn[i] = samples[chance.IntN(len(samples))]
		}
		return middle(drawn)
	}
	ratios := make([]float64, 1000)
	for i := range ratios {
		ratios[i] = again(ours) / again(control)
	}
	slices.Sort(ratios)
	return (ratios[975] - ratios[25]) / 2
}

// rule is how a figure is held to its limit.
type rule string

const (
	free   rule = ""       // there is no limit
	ratio  rule = "ratio"  // middle over the control's middle
	most   rule = "most"   // middle, whatever the control's
	excess rule = "excess" // middle minus the control's middle
	least  rule = "least"  // middle over the control's middle, which must not be smaller
)

// verdict says whether a figure keeps within its limit.
type verdict string

const (
	pass verdict = "PASS"
	over verdict = "OVER"
)

// figure is one measured quantity.
type figure struct {
	Part      string  `json:"part"`
	Name      string  `json:"name"`
	Throttled bool    `json:"throttled"`
	Unit      string  `json:"unit"` // "ms", "/s", "MB" or none
	Ours      series  `json:"ours"`
	Control   *series `json:"control,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"` // of the middles; 0 if there is none
	Doubt     float64 `json:"doubt,omitempty"` // of the ratio, see [doubt]
	Rule      rule    `json:"rule,omitempty"`
	Limit     float64 `json:"limit,omitempty"`
	Verdict   verdict `json:"verdict,omitempty"`
}

// report collects the figures of a run.
type report struct {
	Loader  int      `json:"loader"` // transfer size of the loader and its control, bytes
	Runs    int      `json:"runs"`
	Figures []figure `json:"figures"`

	part string // that is being measured
}

// add takes in the samples of one quantity, in the order of f's needs: the name,
// unit, rule and limit. control is nil where there is nothing to compare with.
func (r *report) add(f figure, ours, control []float64) {
	f.Part, f.Ours = r.part, summary(ours)
	if control != nil {
		c := summary(control)
		f.Control = &c
		if c.Middle != 0 {
			f.Ratio = f.Ours.Middle / c.Middle
			if c.Min > 0 {
				f.Doubt = doubt(ours, control)
			}
		}
	}
	if f.Rule != free {
		f.Verdict = pass
		if f.Rule == least && f.Ratio < f.Limit || f.Rule != least && f.value() > f.Limit {
			f.Verdict = over
		}
	}
	r.Figures = append(r.Figures, f)
}

// value is what is held against the limit.
func (f figure) value() float64 {
	switch f.Rule {
	case ratio:
		return f.Ratio
	case excess:
		return f.Ours.Middle - f.Control.Middle
	}
	return f.Ours.Middle
}

func (r *report) over() bool {
	return slices.ContainsFunc(r.Figures, func(f figure) bool { return f.Verdict == over })
}

func (r *report) json(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *report) table(w io.Writer) error {
	fmt.Fprintf(w, "Means of the middle half (smallest to largest). The loader and the control's script are %d bytes each.\n", r.Loader)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	part := ""
	for _, f := range r.Figures {
		if f.Part != part {
			part = f.Part
			fmt.Fprintf(tw, "\n%s\tproduct\tcontrol\tratio\tlimit\t\n", part)
		}
		name := f.Name
		if f.Throttled {
			name += ", throttled"
		}
		control, quotient := "", ""
		if f.Control != nil {
			control = f.Control.text(f.Unit)
		}
		if f.Ratio != 0 {
			quotient = strconv.FormatFloat(f.Ratio, 'f', 2, 64)
			if f.Doubt != 0 {
				quotient += fmt.Sprintf(" ± %.2f", f.Doubt)
			}
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\t%s\n", name, f.Ours.text(f.Unit), control, quotient, f.limit(), f.Verdict)
	}
	return tw.Flush()
}

// limit is the limit in words.
func (f figure) limit() string {
	switch f.Rule {
	case ratio:
		return fmt.Sprintf("%g x control", f.Limit)
	case least:
		return fmt.Sprintf("at least %g x control", f.Limit)
	case excess:
		return fmt.Sprintf("control + %s", number(f.Limit, f.Unit))
	case most:
		return number(f.Limit, f.Unit)
	}
	return ""
}

func (s series) text(unit string) string {
	return fmt.Sprintf("%s (%s to %s)", number(s.Middle, unit), number(s.Min, ""), number(s.Max, ""))
}

// number writes a value as precisely as it is worth.
func number(v float64, unit string) string {
	digits := 0
	switch {
	case v == 0:
	case v < 1:
		digits = 3
	case v < 100:
		digits = 1
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if unit == "ms" || unit == "MB" {
		unit = " " + unit
	}
	return text + unit
}
