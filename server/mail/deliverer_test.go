package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server/sqlite"
)

// start is when the requests of the tests came in.
var start = date.Add(250 * time.Millisecond)

// clock is a clock that the test sets.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// queue is a store with n requests, each with a message due when it was
// received, and one due an hour later.
func queue(t *testing.T, n int) *sqlite.Store {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	for i := range n {
		r := rights.Record{Reference: fmt.Sprintf("LK-TEST-%04d", i), Key: fmt.Sprint(i), Site: "reside", Received: start}
		_, _, err := s.AddRequest(t.Context(), r, []rights.Message{
			{Kind: "acknowledgement", To: "sian@example.org", Subject: "Eich cais", Body: "Diolch.\n", Language: "cy", Due: start},
			{Kind: "team", To: "team@example.org", Subject: "Request", Body: "See it.\n", Language: "en-GB", Due: start.Add(time.Hour)},
		})
		require.NoError(t, err)
	}
	return s
}

// fake is a transport that a test steers.
type fake struct {
	mu   sync.Mutex
	fail func(rights.Message) error
	sent []string
}

func (f *fake) Deliver(_ context.Context, m rights.Message, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(m); err != nil {
			return err
		}
	}
	f.sent = append(f.sent, name(m))
	return nil
}

// delivered lists what was handed over.
func (f *fake) delivered() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// deliverer is one without chance, and what it logs.
func deliverer(q Queue, tr Transport, c *clock) (*Deliverer, *bytes.Buffer) {
	var log bytes.Buffer
	d := NewDeliverer(q, tr, c.now, slog.New(slog.NewTextHandler(&log, nil)))
	d.Rand = func() float64 { return 1 }
	return d, &log
}

func TestDelivererDeliversOnceAndWhenDue(t *testing.T) {
	const requests = batch + 10 // more than are fetched at once
	c, tr := &clock{t: start}, &fake{}
	d, log := deliverer(queue(t, requests), tr, c)
	require.NoError(t, d.Deliver(t.Context()))
	assert.Len(t, tr.delivered(), requests)
	require.NoError(t, d.Deliver(t.Context()))
	assert.Len(t, tr.delivered(), requests, "what was delivered is not delivered again")
	c.add(time.Hour)
	require.NoError(t, d.Deliver(t.Context()))
	assert.Len(t, tr.delivered(), 2*requests)
	assert.NotContains(t, log.String(), "@", "no address is logged")
}

func TestDelivererAtOnceDeliversOnce(t *testing.T) {
	c, tr := &clock{t: start}, &fake{}
	d, _ := deliverer(queue(t, 20), tr, c)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { assert.NoError(t, d.Deliver(t.Context())) })
	}
	wg.Wait()
	assert.Len(t, tr.delivered(), 20)
}

func TestDelivererTriesAgainLaterAndLaterAndNeverGivesUp(t *testing.T) {
	c := &clock{t: start}
	tr := &fake{fail: func(rights.Message) error { return errors.New("refused with code 550") }}
	store := queue(t, 1)
	d, log := deliverer(store, tr, c)
	var waits []time.Duration
	for range 14 {
		require.NoError(t, d.Deliver(t.Context()))
		before := c.now()
		for { // until the message is due again; the other one of the request is due too by then
			due, err := store.DueMessages(t.Context(), c.now(), 10)
			require.NoError(t, err)
			if len(due) > 0 && due[0].Kind == "acknowledgement" || len(due) > 1 {
				break
			}
			c.add(time.Minute)
		}
		waits = append(waits, c.now().Sub(before))
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440} {
		assert.Equal(t, want*time.Minute, waits[i], "after failure %d", i+1)
	}
	assert.Regexp(t, `level=WARN msg="mail not delivered, to be tried again" message=1 \S+ \S+ attempts=7 `, log.String())
	assert.Regexp(t, `level=ERROR msg="mail not delivered, to be tried again" message=1 \S+ \S+ attempts=8 `, log.String())
	assert.NotContains(t, log.String(), "@")

	tr.fail = nil
	require.NoError(t, d.Deliver(t.Context()))
	assert.Contains(t, tr.delivered(), "LK-TEST-0000-acknowledgement-1", "and then it goes out")
}

func TestRetriesAreSpreadOut(t *testing.T) {
	d := NewDeliverer(nil, nil, nil, nil)
	for _, c := range []struct {
		name   string
		chance float64
		before int
		want   time.Duration
	}{
		{"at the earliest after half the time", 0, 0, 30 * time.Second},
		{"at the latest after all of it", 1, 0, time.Minute},
		{"in between by chance", 0.5, 3, 6 * time.Minute},
		{"never more than a day", 1, 1000, 24 * time.Hour},
		{"and then not less than half a day", 0, 1000, 12 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.Rand = func() float64 { return c.chance }
			assert.Equal(t, c.want, d.delay(c.before))
		})
	}
}

func TestOneBadMessageDoesNotHoldUpTheOthers(t *testing.T) {
	c := &clock{t: start}
	tr := &fake{fail: func(m rights.Message) error {
		if m.ID == 1 {
			return errors.New("refused")
		}
		return nil
	}}
	d, _ := deliverer(queue(t, 3), tr, c)
	require.NoError(t, d.Deliver(t.Context()))
	assert.Equal(t, []string{"LK-TEST-0001-acknowledgement-3", "LK-TEST-0002-acknowledgement-5"}, tr.sent)
}

func TestADeadServerIsAskedOnceAPass(t *testing.T) {
	c, tries := &clock{t: start}, 0
	tr := &fake{fail: func(rights.Message) error { tries++; return fmt.Errorf("dial: %w", fault.Unavailable) }}
	d, _ := deliverer(queue(t, 3), tr, c)
	require.NoError(t, d.Deliver(t.Context()))
	assert.Equal(t, 1, tries)
}

func TestMailSurvivesAServerThatIsDownForAWhile(t *testing.T) {
	c, address := &clock{t: start}, closedPort(t)
	store := queue(t, 2)
	d, log := deliverer(store, transport(t, "smtp://"+address, "", nil), c)
	for range 3 {
		require.NoError(t, d.Deliver(t.Context()))
		c.add(time.Minute)
	}
	srv := &server{}
	srv.listen(t, address, nil, false)
	c.add(10 * time.Minute)
	require.NoError(t, d.Deliver(t.Context()))
	assert.Len(t, srv.received(), 2)
	due, err := store.DueMessages(t.Context(), c.now(), 10)
	require.NoError(t, err)
	assert.Empty(t, due)
	assert.NotContains(t, log.String(), "@")
}

// memory is a queue in memory, for tests with a clock of their own.
type memory struct {
	mu  sync.Mutex
	due []rights.Message
}

func (q *memory) add(id int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.due = []rights.Message{{ID: id}}
}

func (q *memory) DueMessages(context.Context, time.Time, int) ([]rights.Message, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.due, nil
}

func (q *memory) MessageSent(context.Context, int64, time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.due = nil
	return nil
}

func (q *memory) MessageFailed(context.Context, int64, time.Time, string) error {
	return errors.New("not expected")
}

func TestRunLooksAtStartWhenWokenAndEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, tr := &memory{}, &fake{}
		q.add(1)
		d := NewDeliverer(q, tr, time.Now, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.Run(ctx) }()

		synctest.Wait()
		assert.Len(t, tr.delivered(), 1, "what was left is delivered at the start")

		q.add(2)
		d.Wake()
		d.Wake()
		synctest.Wait()
		assert.Len(t, tr.delivered(), 2, "a wake-up is followed at once")

		q.add(3)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		assert.Len(t, tr.delivered(), 2)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Len(t, tr.delivered(), 3, "within a minute it looks by itself")

		stop()
		assert.NoError(t, <-done)
	})
}

func TestAStopLetsTheDeliveryUnderWayFinish(t *testing.T) {
	c := &clock{t: start}
	ctx, stop := context.WithCancel(t.Context())
	tr := &fake{fail: func(rights.Message) error { stop(); return nil }}
	store := queue(t, 3)
	d, _ := deliverer(store, tr, c)
	require.NoError(t, d.Run(ctx))
	assert.Len(t, tr.delivered(), 1)
	due, err := store.DueMessages(t.Context(), c.now(), 10)
	require.NoError(t, err)
	assert.Len(t, due, 2, "one was delivered and noted, the others wait")
}
