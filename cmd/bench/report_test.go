package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		name    string
		samples []float64
		want    series
	}{
		{"one sample is all there is", []float64{3}, series{Middle: 3, Min: 3, Max: 3, Count: 1}},
		{"two samples have no outlier", []float64{3, 1}, series{Middle: 2, Min: 1, Max: 3, Count: 2}},
		{"of three the middle one", []float64{9, 1, 2}, series{Middle: 2, Min: 1, Max: 9, Count: 3}},
		{"of four the mean of the middle two", []float64{4, 1, 2, 10}, series{Middle: 3, Min: 1, Max: 10, Count: 4}},
		{"of eight the mean of the middle four", []float64{90, 1, 2, 5, 3, 4, 0, 80}, series{Middle: 3.5, Min: 0, Max: 90, Count: 8}},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, summary(c.samples)) })
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name          string
		figure        figure
		ours, control []float64
		want          verdict
	}{
		{"within the ratio", figure{Rule: ratio, Limit: 1.1}, []float64{109}, []float64{100}, pass},
		{"over the ratio", figure{Rule: ratio, Limit: 1.1}, []float64{111}, []float64{100}, over},
		{"as much as is asked for", figure{Rule: least, Limit: 0.4}, []float64{41}, []float64{100}, pass},
		{"less than is asked for", figure{Rule: least, Limit: 0.4}, []float64{39}, []float64{100}, over},
		{"within an absolute limit, whatever the control", figure{Rule: most, Limit: 1500}, []float64{1400}, nil, pass},
		{"none is allowed and there is some", figure{Rule: most}, []float64{0.01}, []float64{0.01}, over},
		{"no more than in the control", figure{Rule: excess}, []float64{2}, []float64{2}, pass},
		{"more than in the control", figure{Rule: excess}, []float64{1}, []float64{0}, over},
		{"without a limit there is no verdict", figure{}, []float64{9}, []float64{1}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &report{}
			r.add(c.figure, c.ours, c.control)
			assert.Equal(t, c.want, r.Figures[0].Verdict)
			assert.Equal(t, c.want == over, r.over())
		})
	}
}

func TestReportIsReadableByPeopleAndPrograms(t *testing.T) {
	r := &report{Loader: 4900, Runs: 3, part: "visit"}
	r.add(figure{Name: "banner visible", Unit: "ms", Throttled: true, Rule: ratio, Limit: 1.1}, []float64{90, 110, 130}, []float64{88, 100, 101})

	var table strings.Builder
	require.NoError(t, r.table(&table))
	assert.Regexp(t, `banner visible, throttled +110 ms \(90\.0 to 130\) +100 ms \(88\.0 to 101\) +1\.10 ± 0\.\d\d +1\.1 x control +PASS`, table.String())

	var b strings.Builder
	require.NoError(t, r.json(&b))
	var got report
	require.NoError(t, json.Unmarshal([]byte(b.String()), &got))
	assert.Equal(t, r.Figures, got.Figures)
}

func TestChoose(t *testing.T) {
	all, err := choose("")
	require.NoError(t, err)
	assert.Len(t, all, len(parts))
	two, err := choose("receipts,click")
	require.NoError(t, err)
	assert.Equal(t, []string{"receipts", "click"}, []string{two[0].name, two[1].name})
	_, err = choose("clicks")
	assert.Error(t, err)
}

func TestPercentile(t *testing.T) {
	var s shots
	for i := range 100 {
		s.each = append(s.each, time.Duration(i+1)*time.Millisecond)
	}
	assert.Equal(t, 50.0, s.percentile(50))
	assert.Equal(t, 99.0, s.percentile(99))
	assert.Equal(t, 1.0, shots{each: s.each[:1]}.percentile(99))
}
