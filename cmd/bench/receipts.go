package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"latchkey/app/consent"
)

const (
	rounds    = 4                       // of each server, in turns
	roundTime = 1250 * time.Millisecond // so that a server has 5 s for each number of connections
)

func measureReceipts(ctx context.Context, l *lab, _ int, r *report) error {
	template, err := l.submission()
	if err != nil {
		return err
	}
	for _, connections := range []int{1, 8, 32} {
		ours := volley{ctx, l.product, l.host, template, connections}
		control := volley{ctx, l.control, l.host, template, connections}
		a, b, err := turns(ctx, rounds, withControl, func(variant string, _ int) (shots, error) {
			if variant == withProduct {
				return ours.fire()
			}
			return control.fire()
		})
		if err != nil {
			return err
		}
		for _, f := range []struct {
			name, unit string
			value      func(shots) float64
		}{
			{"receipts", "/s", shots.rate},
			{"  p50", "ms", func(s shots) float64 { return s.percentile(50) }},
			{"  p99", "ms", func(s shots) float64 { return s.percentile(99) }},
		} {
			name := fmt.Sprintf("%s, %d connections", f.name, connections)
			if connections == 1 {
				name = f.name + ", 1 connection"
			}
			r.add(figure{Name: name, Unit: f.unit}, each(a, f.value), each(b, f.value))
		}
	}
	return nil
}

var (
	loaderPurposes = regexp.MustCompile(`"p":(\{[^}]*\})`)
	loaderEdition  = regexp.MustCompile(`"e":"([\w-]{22})"`)
)

// submission is a refusal as the site's loader sends it.
func (l *lab) submission() (consent.Submission, error) {
	s := consent.Submission{Site: site, Method: consent.RejectAll, Answers: map[consent.PurposeID]consent.Answer{}}
	resp, err := http.Get(l.product + embedPath)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close()
	loader, err := io.ReadAll(resp.Body)
	if err != nil {
		return s, err
	}
	purposes, edition := loaderPurposes.FindSubmatch(loader), loaderEdition.FindSubmatch(loader)
	if purposes == nil || edition == nil {
		return s, fmt.Errorf("%s: no purposes and edition in it", embedPath)
	}
	var kinds map[consent.PurposeID]int
	if err := json.Unmarshal(purposes[1], &kinds); err != nil {
		return s, fmt.Errorf("purposes of the loader: %w", err)
	}
	for id, kind := range kinds {
		if kind != 0 {
			s.Answers[id] = consent.No
		}
	}
	s.Edition = string(edition[1])
	return s, nil
}

// volley sends receipts to a server over a number of connections.
type volley struct {
	ctx         context.Context
	to, origin  string
	template    consent.Submission
	connections int
}

// shots is what became of them: how long each took, sorted, and all together.
type shots struct {
	each []time.Duration
	took time.Duration
}

func (s shots) rate() float64 { return float64(len(s.each)) / s.took.Seconds() }

// percentile returns a duration in milliseconds that p percent did not exceed.
func (s shots) percentile(p int) float64 {
	i := (len(s.each)*p+99)/100 - 1
	return s.each[max(0, i)].Seconds() * 1000
}

func (v volley) fire() (shots, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: v.connections, MaxConnsPerHost: v.connections}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	took := make([][]time.Duration, v.connections)
	group, ctx := errgroup.WithContext(v.ctx)
	start := time.Now()
	for i := range v.connections {
		group.Go(func() error {
			for time.Since(start) < roundTime {
				began := time.Now()
				if err := v.send(ctx, client); err != nil {
					return err
				}
				took[i] = append(took[i], time.Since(began))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return shots{}, err
	}
	all := shots{each: slices.Concat(took...), took: time.Since(start)}
	slices.Sort(all.each)
	return all, nil
}

// send sends one receipt, which must be a new one to the server.
func (v volley) send(ctx context.Context, client *http.Client) error {
	submission := v.template
	submission.Event = uuid.NewString()
	body, err := json.Marshal(submission)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.to+"/api/receipts", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", v.origin)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("a receipt was answered with %s: %s", resp.Status, answer)
	}
	return nil
}
