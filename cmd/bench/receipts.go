package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"latchkey/app/consent"
)

// receiptsPart is the part that needs no browser.
const receiptsPart = "receipts"

const (
	rounds    = 4                       // of each server, in turns
	roundTime = 1250 * time.Millisecond // so that a server has 5 s for each number of connections
)

// scale says with what the rate of receipts is measured.
type scale struct {
	stored      []int // receipts that are there
	connections []int
}

func parseScale(stored, connections string) (scale, error) {
	var l scale
	for _, list := range []struct {
		flag, text string
		into       *[]int
		smallest   int
	}{{"stored", stored, &l.stored, 0}, {"connections", connections, &l.connections, 1}} {
		for _, word := range strings.Split(list.text, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < list.smallest {
				return scale{}, fmt.Errorf("-%s %s: %q is not a number from %d", list.flag, list.text, word, list.smallest)
			}
			*list.into = append(*list.into, n)
		}
	}
	return l, nil
}

// What a server that keeps receipts must do at least of what the control does,
// which keeps nothing, by the number of connections, with SQLite and with PostgreSQL.
var (
	leastRates         = map[int]float64{32: 0.15, 1024: 0.4}
	leastRatesPostgres = map[int]float64{32: 0.1, 1024: 0.25}
)

const (
	// Of what it did itself when it was empty.
	leastWhenFull = 0.9
	mostMemory    = 100  // MB, resident, at any time
	mostDisk      = 1000 // bytes for each receipt
	mostReading   = 5    // ms, 99 of 100 receipts with their proofs
	mostVerifying = 20   // s, with a million receipts
)

func measureReceipts(ctx context.Context, l *lab, _ int, r *report) error {
	template, err := l.submission()
	if err != nil {
		return err
	}
	limits := leastRates
	if l.database != "" {
		limits = leastRatesPostgres
	}
	empty, emptyShares := map[int][]float64{}, map[int][]float64{}
	for _, stored := range l.scale.stored {
		kept, err := l.fill(ctx, template, stored)
		if err != nil {
			return err
		}
		at := ""
		if stored > 0 {
			at = fmt.Sprintf(", %d stored", stored)
		}
		for _, connections := range l.scale.connections {
			ours := volley{ctx, l.product, l.host, template, connections, &l.stored}
			control := volley{ctx, l.control, l.host, template, connections, new(atomic.Int64)}
			a, b, err := turns(ctx, rounds, withControl, func(variant string, _ int) (shots, error) {
				if variant == withProduct {
					return ours.fire()
				}
				return control.fire()
			})
			if err != nil {
				return err
			}
			over := fmt.Sprintf(", %d connections%s", connections, at)
			if connections == 1 {
				over = ", 1 connection" + at
			}
			rate := figure{Name: "receipts" + over, Unit: "/s"}
			if limit, ok := limits[connections]; ok {
				rate.Rule, rate.Limit = least, limit
			}
			r.add(rate, each(a, shots.rate), each(b, shots.rate))
			if empty[connections] == nil {
				empty[connections], emptyShares[connections] = each(a, shots.rate), shares(a, b)
			} else {
				r.add(figure{Name: "  against an empty store" + over, Unit: "/s", Rule: least, Limit: leastWhenFull}, each(a, shots.rate), empty[connections])
				r.add(figure{Name: "  the same, each as a part of its control" + over}, shares(a, b), emptyShares[connections])
			}
			r.add(figure{Name: "  p50" + over, Unit: "ms"}, each(a, shots.p50), each(b, shots.p50))
			r.add(figure{Name: "  p99" + over, Unit: "ms"}, each(a, shots.p99), each(b, shots.p99))
		}
		if err := l.measureReading(ctx, kept, at, r); err != nil {
			return err
		}
		memory, err := peakMemory(l.process)
		if err != nil {
			return err
		}
		r.add(figure{Name: "resident memory, at most" + at, Unit: "MB", Rule: most, Limit: mostMemory}, []float64{memory}, nil)
		if stored > 0 {
			size, err := l.storeSize(ctx)
			if err != nil {
				return err
			}
			r.add(figure{Name: "disk for a receipt, bytes" + at, Rule: most, Limit: mostDisk}, []float64{float64(size) / float64(l.stored.Load())}, nil)
			took, err := l.verifyLog(ctx)
			if err != nil {
				return err
			}
			verifying := figure{Name: "verifying the log" + at, Unit: "s"}
			if stored >= 1_000_000 {
				verifying.Rule, verifying.Limit = most, mostVerifying
			}
			r.add(verifying, []float64{took.Seconds()}, nil)
		}
	}
	return nil
}

// shares are the rates as parts of the control's in the same turn. Between the
// empty store and the full one minutes pass, and a machine that does other things, too,
// is not the same any more; where the rates differ and the shares do not, that was it.
func shares(ours, control []shots) []float64 {
	var s []float64
	for i := range ours {
		s = append(s, ours[i].rate()/control[i].rate())
	}
	return s
}

// fill stores receipts until the product has as many as are asked for, and
// returns some of those that came with the last ones.
func (l *lab) fill(ctx context.Context, template consent.Submission, stored int) ([]posted, error) {
	const senders, kept = 64, 200
	client := newClient(senders)
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var some []posted
	missing := int64(max(stored-int(l.stored.Load()), kept))
	group, ctx := errgroup.WithContext(ctx)
	var begun atomic.Int64
	for range senders {
		group.Go(func() error {
			for begun.Add(1) <= missing {
				p, err := send(ctx, client, l.product, l.host, template)
				if err != nil {
					return err
				}
				l.stored.Add(1)
				mu.Lock()
				if len(some) < kept {
					some = append(some, p)
				}
				mu.Unlock()
			}
			return nil
		})
	}
	return some, group.Wait()
}

// measureReading reads receipts with their proofs, one after the other.
func (l *lab) measureReading(ctx context.Context, kept []posted, at string, r *report) error {
	client := newClient(1)
	defer client.CloseIdleConnections()
	var took []time.Duration
	for range 5 {
		for _, p := range kept {
			began := time.Now()
			if err := read(ctx, client, l.product, p); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	s := shots{each: took}
	r.add(figure{Name: "reading a receipt with its proof, p50" + at, Unit: "ms"}, []float64{s.p50()}, nil)
	r.add(figure{Name: "reading a receipt with its proof, p99" + at, Unit: "ms", Rule: most, Limit: mostReading}, []float64{s.p99()}, nil)
	return nil
}

// peakMemory is the most that a process had in memory, in megabytes.
func peakMemory(process int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0, errors.New("the system does not say how much memory a process had")
	}
	kB, err := strconv.Atoi(string(found[1]))
	return float64(kB) * 1024 / 1e6, err
}

var (
	loaderPurposes = regexp.MustCompile(`,p:\{([^}]*)\}`)
	loaderEdition  = regexp.MustCompile(`\be:"([\w-]{22})"`)
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
	for pair := range strings.SplitSeq(string(purposes[1]), ",") {
		if id, kind, _ := strings.Cut(pair, ":"); kind != "0" {
			s.Answers[consent.PurposeID(strings.Trim(id, `"`))] = consent.No
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
	answered    *atomic.Int64
}

// shots is what became of them: how long each took, sorted, and all together.
type shots struct {
	each []time.Duration
	took time.Duration
}

func (s shots) p50() float64 { return s.percentile(50) }
func (s shots) p99() float64 { return s.percentile(99) }

func (s shots) rate() float64 { return float64(len(s.each)) / s.took.Seconds() }

// percentile returns a duration in milliseconds that p percent did not exceed.
func (s shots) percentile(p int) float64 {
	i := (len(s.each)*p+99)/100 - 1
	return s.each[max(0, i)].Seconds() * 1000
}

func (v volley) fire() (shots, error) {
	client := newClient(v.connections)
	defer client.CloseIdleConnections()
	took := make([][]time.Duration, v.connections)
	group, ctx := errgroup.WithContext(v.ctx)
	start := time.Now()
	for i := range v.connections {
		group.Go(func() error {
			for time.Since(start) < roundTime {
				began := time.Now()
				if _, err := send(ctx, client, v.to, v.origin, v.template); err != nil {
					return err
				}
				took[i] = append(took[i], time.Since(began))
				v.answered.Add(1)
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

func newClient(connections int) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// posted is what opens a receipt.
type posted struct{ Receipt, Token string }

// send sends one receipt, which must be a new one to the server.
func send(ctx context.Context, client *http.Client, to, origin string, submission consent.Submission) (posted, error) {
	submission.Event = uuid.NewString()
	body, err := json.Marshal(submission)
	if err != nil {
		return posted{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/api/receipts", bytes.NewReader(body))
	if err != nil {
		return posted{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", origin)
	return answered(client, req, http.StatusCreated)
}

// read reads a receipt with its proof.
func read(ctx context.Context, client *http.Client, from string, p posted) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from+"/api/receipts/"+p.Receipt+"/file", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	_, err = answered(client, req, http.StatusOK)
	return err
}

func answered(client *http.Client, req *http.Request, status int) (posted, error) {
	resp, err := client.Do(req)
	if err != nil {
		return posted{}, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return posted{}, err
	}
	if resp.StatusCode != status {
		return posted{}, fmt.Errorf("%s %s was answered with %s: %s", req.Method, req.URL, resp.Status, answer)
	}
	var p posted
	return p, json.Unmarshal(answer, &p)
}
