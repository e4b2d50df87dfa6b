package ops

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/mail"
	"latchkey/server/receiptlog"
)

// Store is a store whose writes are counted and timed.
func (m *Metrics) Store(s server.Store) server.Store { return timed{s, m} }

type timed struct {
	server.Store
	m *Metrics
}

// AddReceipt stores a receipt; see the server's store interface.
func (t timed) AddReceipt(ctx context.Context, r *consent.Stored) (*consent.Stored, bool, error) {
	defer t.m.time("receipt")()
	return t.Store.AddReceipt(ctx, r)
}

// AddRequest stores a request; see the server's store interface.
func (t timed) AddRequest(ctx context.Context, r rights.Record, messages []rights.Message) (rights.Record, bool, error) {
	defer t.m.time("request")()
	record, created, err := t.Store.AddRequest(ctx, r, messages)
	t.m.requests.WithLabelValues(written(created, err)).Inc()
	return record, created, err
}

// time measures from its call until the function that it returns is called.
func (m *Metrics) time(what string) func() {
	began := m.clock()
	return func() { m.writes.WithLabelValues(what).Observe(m.clock().Sub(began).Seconds()) }
}

// Log is a store of the receipts' log whose extensions are counted.
func (m *Metrics) Log(s receiptlog.Store) receiptlog.Store {
	return ofReceipts{s, extending{s, m.extended, m.leaves}}
}

type ofReceipts struct {
	receiptlog.Store
	extending extending
}

// Extend makes the log longer; see the log's store interface.
func (r ofReceipts) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (int, error) {
	return r.extending.Extend(ctx, limit, extend)
}

// AuditLog is a store of the audit log whose extensions are counted.
func (m *Metrics) AuditLog(s receiptlog.TreeStore) receiptlog.TreeStore {
	return extending{s, m.auditExtended, m.auditLeaves}
}

type extending struct {
	receiptlog.TreeStore
	extended *prometheus.CounterVec
	leaves   prometheus.Gauge
}

// Extend makes the log longer; see the log's store interface.
func (e extending) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (int, error) {
	var before int64
	n, err := e.TreeStore.Extend(ctx, limit, func(head receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
		before = head.Size
		return extend(head, pending)
	})
	switch {
	case err != nil:
		e.extended.WithLabelValues(failed).Inc()
	case n > 0:
		e.extended.WithLabelValues(stored).Inc()
		e.leaves.Set(float64(before + int64(n)))
	}
	return n, err
}

// Transport is a mail transport whose deliveries are counted.
func (m *Metrics) Transport(t mail.Transport) mail.Transport { return counted{t, m} }

type counted struct {
	mail.Transport
	m *Metrics
}

// Deliver hands a message over; see the transport's interface.
func (c counted) Deliver(ctx context.Context, message rights.Message, date time.Time) error {
	err := c.Transport.Deliver(ctx, message, date)
	result := delivered
	switch {
	case errors.Is(err, mail.ErrNotEncrypted):
		result = insecure
	case errors.Is(err, fault.Unavailable):
		result = unavailable
	case err != nil:
		result = refused
	}
	c.m.mail.WithLabelValues(result).Inc()
	return err
}
