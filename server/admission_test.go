package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/i18n"
	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/admission"
	"latchkey/server/mail"
)

// limited starts a server behind a proxy on this machine that it trusts, so that
// a test can come from anywhere.
func limited(t *testing.T, change func(*admission.Limits)) *running {
	return startWith(t, t.TempDir(), func(o *server.Options) {
		o.Limits = admission.Defaults
		o.Limits.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		change(&o.Limits)
	})
}

// alike is the same rate for networks of every width.
func alike(perSecond float64, burst int) admission.NetworkRates {
	r := admission.Rate{PerSecond: perSecond, Burst: burst}
	return admission.NetworkRates{Narrow: r, Home: r, Wide: r}
}

// postFrom sends a submission for a visitor at an address.
func (r *running) postFrom(address string, v any) answer {
	r.t.Helper()
	return r.do("POST", "/api/receipts", mustJSON(r.t.(*testing.T), v), "Content-Type", "application/json", "Origin", origin, "X-Forwarded-For", address)
}

// stored is how many receipts the store holds.
func (r *running) stored() int {
	r.t.Helper()
	n := 0
	for _, err := range r.store.Receipts(r.t.Context(), consent.ReceiptFilter{}) {
		require.NoError(r.t, err)
		n++
	}
	return n
}

// later asserts that an answer says to try again, in so many seconds or up to twice that.
func later(t *testing.T, got answer, status, seconds int) {
	t.Helper()
	assert.Equal(t, status, got.status, got.body)
	after, err := strconv.Atoi(got.header.Get("Retry-After"))
	require.NoError(t, err, "Retry-After in seconds")
	assert.GreaterOrEqual(t, after, seconds)
	assert.LessOrEqual(t, after, 2*seconds)
}

func TestANetworkThatSendsTooFastIsAskedToWait(t *testing.T) {
	r := limited(t, func(l *admission.Limits) { l.Network = alike(0.5, 3) })
	for n := range 3 {
		assert.Equal(t, http.StatusCreated, r.postFrom(fmt.Sprintf("198.51.100.%d", n), r.submission()).status)
	}
	refused := r.postFrom("198.51.100.9", r.submission())
	later(t, refused, http.StatusTooManyRequests, 2)
	assert.Equal(t, "application/problem+json", refused.header.Get("Content-Type"))
	assert.Equal(t, origin, refused.header.Get("Access-Control-Allow-Origin"), "the page may read the answer")
	assert.Equal(t, http.StatusCreated, r.postFrom("198.51.101.1", r.submission()).status, "another network")
	assert.Equal(t, http.StatusCreated, r.postFrom("2a00:1450::1", r.submission()).status, "and another")
	assert.Equal(t, 5, r.stored(), "what was refused was not stored, what was acknowledged was")

	r.clock.set(r.clock.Now().Add(2 * time.Second))
	assert.Equal(t, http.StatusCreated, r.postFrom("198.51.100.9", r.submission()).status, "two seconds later")

	assert.NotContains(t, r.log.String(), "198.51", "addresses are not logged")
	assert.NotContains(t, r.log.String(), "2a00")
}

func TestARequestThatComesTooFastGetsAPage(t *testing.T) {
	r := limited(t, func(l *admission.Limits) { l.Network = alike(0.1, 1) })
	post := func() answer {
		return r.do("POST", "/reside/request", "to=kind", "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "198.51.100.9")
	}
	assert.Less(t, post().status, 500)
	refused := post()
	later(t, refused, http.StatusTooManyRequests, 10)
	assert.Contains(t, refused.body, "Try again in a few minutes")
}

func TestASiteToWhichTooMuchIsSentLeavesTheOthersAlone(t *testing.T) {
	r := limited(t, func(l *admission.Limits) { l.Site = admission.Rate{PerSecond: 0.1, Burst: 2} })
	for n := range 2 {
		assert.Equal(t, http.StatusCreated, r.postFrom(fmt.Sprintf("198.51.%d.1", n), r.submission()).status)
	}
	later(t, r.postFrom("203.0.113.1", r.submission()), http.StatusTooManyRequests, 10)

	other := r.submission()
	other["site"], other["edition"] = "reside", r.edition("reside", "en-GB")
	assert.NotEqual(t, http.StatusTooManyRequests, r.postFrom("203.0.113.1", other).status)
}

// TestAProxyThatNobodyNamedIsSaidAtOnce sends through a proxy that is not trusted:
// the first page that somebody opens says so, and those behind it are limited like
// one sender.
func TestAProxyThatNobodyNamedIsSaidAtOnce(t *testing.T) {
	figures := &proxyFigures{}
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		o.Limits = admission.Defaults
		o.Limits.Network = alike(0.1, 3)
		o.Observer = figures
	})
	assert.Equal(t, http.StatusOK, r.do("GET", "/reside/notice", "", "X-Forwarded-For", "198.51.100.9").status)
	require.Contains(t, r.log.String(), "level=ERROR")
	assert.Contains(t, r.log.String(), `flag="--trusted-proxy 127.0.0.0/8"`, "the operator reads what to add")
	assert.Equal(t, []string{"unnamed"}, figures.faults)

	for n := range 3 {
		assert.Equal(t, http.StatusCreated, r.postFrom(fmt.Sprintf("198.51.%d.9", n), r.submission()).status, "nothing is lost by an upgrade")
	}
	later(t, r.postFrom("203.0.113.1", r.submission()), http.StatusTooManyRequests, 10)
	later(t, r.do("POST", "/reside/request", "to=kind", "Content-Type", "application/x-www-form-urlencoded", "Forwarded", "for=203.0.113.2"), http.StatusTooManyRequests, 10)
	later(t, r.postReceipt(r.submission()), http.StatusTooManyRequests, 10)
	assert.Equal(t, 1, strings.Count(r.log.String(), "level=ERROR"), "it is said once")
	assert.Len(t, figures.faults, 6, "and counted every time")
	assert.NotContains(t, r.log.String(), "198.51", "visitors are not logged")
}

func TestATrustedProxyThatNamesNobodyIsSaidAtOnce(t *testing.T) {
	figures := &proxyFigures{}
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		o.Limits = admission.Defaults
		o.Limits.Network, o.Limits.Proxies = alike(0.1, 2), []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		o.Observer = figures
	})
	r.do("GET", "/readyz", "")
	assert.Empty(t, figures.faults, "a probe of the proxy's own is for nobody else")
	for range 2 {
		assert.Equal(t, http.StatusCreated, r.postReceipt(r.submission()).status)
	}
	later(t, r.postReceipt(r.submission()), http.StatusTooManyRequests, 10)
	assert.Equal(t, 1, strings.Count(r.log.String(), "level=ERROR"))
	assert.Contains(t, r.log.String(), "have it send X-Forwarded-For")
	assert.Equal(t, http.StatusCreated, r.postFrom("198.51.100.9", r.submission()).status, "whom it names is not held back by that")
	assert.Equal(t, []string{"silent", "silent", "silent"}, figures.faults)
}

func TestThisMachineIsLimitedLikeAnybody(t *testing.T) {
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		o.Limits = admission.Defaults
		o.Limits.Network = alike(0.1, 2)
	})
	for range 2 {
		assert.Equal(t, http.StatusCreated, r.postReceipt(r.submission()).status)
	}
	later(t, r.postReceipt(r.submission()), http.StatusTooManyRequests, 10)
	assert.NotContains(t, r.log.String(), "level=ERROR")
}

// proxyFigures is an observer of what is wrong with proxies.
type proxyFigures struct {
	mu     sync.Mutex
	faults []string
}

func (f *proxyFigures) Begin() func(string, int) { return func(string, int) {} }
func (f *proxyFigures) Refused(string)           {}

func (f *proxyFigures) ProxyFault(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, why)
}

// slow is a store that takes receipts only when it is told to.
type slow struct {
	server.Store
	begun chan struct{}
	end   chan struct{}
}

func (s slow) AddReceipt(ctx context.Context, r *consent.Stored) (*consent.Stored, bool, error) {
	s.begun <- struct{}{}
	<-s.end
	return s.Store.AddReceipt(ctx, r)
}

func TestOverCapacityTheServerSaysWhenToComeBack(t *testing.T) {
	disk := slow{begun: make(chan struct{}, 100), end: make(chan struct{})}
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		disk.Store = o.Store
		o.Store = disk
		o.Limits = admission.Defaults
		o.Limits.Waiting = 2
	})
	body := func() string { return mustJSON(t, r.submission()) }
	var waiting sync.WaitGroup
	answers := make(chan answer, 2)
	for range 2 {
		b := body()
		waiting.Go(func() {
			answers <- r.do("POST", "/api/receipts", b, "Content-Type", "application/json", "Origin", origin)
		})
	}
	<-disk.begun
	<-disk.begun
	receipts, requests := r.srv.Waiting()
	assert.EqualValues(t, 2, receipts)
	assert.Zero(t, requests)

	seen := map[string]bool{}
	for range 12 {
		refused := r.do("POST", "/api/receipts", body(), "Content-Type", "application/json", "Origin", origin)
		later(t, refused, http.StatusServiceUnavailable, 15)
		assert.Equal(t, "application/problem+json", refused.header.Get("Content-Type"))
		seen[refused.header.Get("Retry-After")] = true
	}
	assert.Greater(t, len(seen), 1, "not all are told to come back at once")
	assert.Less(t, r.do("POST", "/reside/request", "to=kind", "Content-Type", "application/x-www-form-urlencoded").status, 500, "requests do not wait behind receipts")
	assert.Empty(t, disk.begun, "what was refused did not reach the store")
	assert.NotContains(t, r.log.String(), "request failed", "being busy is no failure")

	close(disk.end)
	waiting.Wait()
	for range 2 {
		assert.Equal(t, http.StatusCreated, (<-answers).status, "who was let in is answered")
	}
	assert.Equal(t, http.StatusCreated, r.postReceipt(r.submission()).status, "and there is room again")
	assert.Equal(t, 3, r.stored())
}

// trickle begins to send from an address: the head of a request, and sent bytes of its body.
func (r *running) trickle(address, path string, length, sent int) net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.Listener.Addr().String())
	require.NoError(r.t, err)
	r.t.(*testing.T).Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nX-Forwarded-For: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		path, origin, address, length)
	require.NoError(r.t, err)
	_, err = io.ReadFull(conn, make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))) // its body is being waited for
	require.NoError(r.t, err)
	_, err = io.WriteString(conn, strings.Repeat("x", sent))
	require.NoError(r.t, err)
	return conn
}

func TestSlowSendersTakeNobodysPlace(t *testing.T) {
	r := limited(t, func(l *admission.Limits) { l.Waiting, l.Bytes = 1, 64<<10 })
	slow := []net.Conn{}
	for n := range 3 {
		slow = append(slow, r.trickle(fmt.Sprintf("198.51.%d.1", n), "/api/receipts", 500, 0))
	}
	receipts, _ := r.srv.Waiting()
	assert.Zero(t, receipts)
	assert.Equal(t, http.StatusCreated, r.postFrom("203.0.113.1", r.submission()).status)

	for n := range 8 { // each with the share of its network
		slow = append(slow, r.trickle(fmt.Sprintf("198.51.%d.2", 100+n), "/api/receipts", 8_000, 7_999))
	}
	big := r.submission()
	big["padding"] = strings.Repeat("x", 3_000)
	require.Eventually(t, func() bool { return r.postFrom("203.0.113.1", big).status == http.StatusServiceUnavailable }, 10*time.Second, 10*time.Millisecond, "what has come has its room")
	later(t, r.postFrom("203.0.113.1", big), http.StatusServiceUnavailable, 15)
	for _, conn := range slow {
		conn.Close()
	}
	assert.Eventually(t, func() bool {
		return r.postFrom("203.0.113.1", r.submission()).status == http.StatusCreated
	}, 10*time.Second, 10*time.Millisecond, "a sender that went away leaves its room")
}

func TestWhoPromisesMuchAndSendsNothingKeepsNobodyOut(t *testing.T) {
	r := start(t)
	for range 80 {
		r.trickle("", "/reside/request", rights.MaxForm, 0)
	}
	got := r.do("POST", "/reside/request", "to=kind", "Content-Type", "application/x-www-form-urlencoded")
	assert.Less(t, got.status, 500)
}

func TestOneNetworkDoesNotFillTheDoor(t *testing.T) {
	r := limited(t, func(l *admission.Limits) { l.Bytes = 64 << 10 })
	for n := range 10 {
		r.trickle(fmt.Sprintf("198.51.100.%d", n), "/api/receipts", 8_000, 7_999)
	}
	assert.Eventually(t, func() bool {
		return r.postFrom("198.51.100.99", r.submission()).status == http.StatusTooManyRequests
	}, 10*time.Second, 10*time.Millisecond, "the network has its share")
	later(t, r.postFrom("198.51.100.99", r.submission()), http.StatusTooManyRequests, 15)
	assert.Equal(t, http.StatusCreated, r.postFrom("203.0.113.1", r.submission()).status, "the others have theirs")
}

// askFrom makes a rights request for a visitor at an address.
func (r *running) askFrom(address, email string) answer {
	r.t.Helper()
	body := mustJSON(r.t.(*testing.T), map[string]any{"key": uuid.NewString(), "site": "reside", "request": map[string]any{
		"kind": "access", "entities": []string{"reside"}, "what": "All", "name": "Ada Tenant", "reply": "email", "email": email,
	}})
	return r.do("POST", "/api/requests", body, "Content-Type", "application/json", "Origin", origin, "X-Forwarded-For", address)
}

func TestANetworkThatMakesRequestsTooFastIsAskedToWait(t *testing.T) {
	r := limited(t, func(l *admission.Limits) { l.Asking = alike(0.1, 2) })
	for range 2 {
		assert.Equal(t, http.StatusCreated, r.askFrom("198.51.100.1", "ada@example.org").status)
	}
	later(t, r.askFrom("198.51.100.2", "ada@example.org"), http.StatusTooManyRequests, 10)
	assert.Equal(t, http.StatusCreated, r.postFrom("198.51.100.2", r.submission()).status, "choices are not held back by that")
	assert.Equal(t, http.StatusCreated, r.askFrom("203.0.113.1", "ada@example.org").status)
}

func TestAnAddressIsNotFloodedWithAcknowledgements(t *testing.T) {
	r := start(t)
	acknowledged := func() (n int) {
		due, err := r.store.DueMessages(t.Context(), r.clock.Now(), 1000)
		require.NoError(t, err)
		for _, m := range due {
			if m.Kind == mail.Acknowledgement {
				n++
			}
		}
		return n
	}
	for n := range 15 {
		assert.Equal(t, http.StatusCreated, r.askFrom("", fmt.Sprintf("Ada+%d@example.org", n)).status, "every request counts")
	}
	assert.Len(t, r.requests(), 15)
	assert.Equal(t, 10, acknowledged())
	r.askFrom("", "ben@example.org")
	assert.Equal(t, 11, acknowledged(), "another address")

	confirmed := func(email string) string {
		sent := r.toCheck("All").press("reply").press("continue", "email", email).press("send")
		require.Equal(t, http.StatusSeeOther, sent.page.status)
		return r.do("GET", sent.page.header.Get("Location"), "").body
	}
	emailed := i18n.For("en-GB").T("request.sent.keep.email")
	assert.Contains(t, confirmed("ben@example.org"), emailed)
	assert.NotContains(t, confirmed("ada@example.org"), emailed, "nobody is told of a letter that does not go out")

	r.clock.set(r.clock.Now().Add(time.Hour))
	r.askFrom("", "ada@example.org")
	assert.Equal(t, 13, acknowledged(), "an hour later there may be another")
}

func TestASenderWhoseBodyComesLateMayFindNoRoom(t *testing.T) {
	disk := slow{begun: make(chan struct{}, 1), end: make(chan struct{})}
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		disk.Store = o.Store
		o.Store = disk
		o.Limits = admission.Defaults
		o.Limits.Waiting = 1
	})
	late, early := mustJSON(t, r.submission()), mustJSON(t, r.submission())
	conn, err := net.Dial("tcp", r.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /api/receipts HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", origin, len(late))
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	_, err = in.ReadString('\n') // 100 Continue: there was room when it came
	require.NoError(t, err)
	_, err = in.ReadString('\n')
	require.NoError(t, err)

	var other sync.WaitGroup
	other.Go(func() {
		assert.Equal(t, http.StatusCreated, r.do("POST", "/api/receipts", early, "Content-Type", "application/json", "Origin", origin).status)
	})
	<-disk.begun
	_, err = io.WriteString(conn, late)
	require.NoError(t, err)
	answer, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	answer.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	close(disk.end)
	other.Wait()
	assert.Equal(t, 1, r.stored())
}

func TestABodyThatIsTooLargeIsStillSaidToBe(t *testing.T) {
	r := start(t)
	for name, body := range map[string]string{
		"a receipt": strings.Repeat("x", consent.MaxSubmission+1),
		"far more":  strings.Repeat("x", 10*consent.MaxSubmission),
	} {
		got := r.do("POST", "/api/receipts", body, "Content-Type", "application/json", "Origin", origin)
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.status, name)
	}
}
