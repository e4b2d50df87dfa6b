package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/app/fault"
)

// trouble is an error that may be gone when it is tried again. Visitors may be
// told of it, so its text names no host, user, table or file; the cause does.
type trouble struct {
	why   string
	cause error
}

func (t trouble) Error() string   { return t.why + ": " + fault.Unavailable.Error() }
func (t trouble) Unwrap() []error { return []error{t.cause, fault.Unavailable} }

// kind marks the errors that may be gone when it is tried again (the database
// is not reached, not writable or full, or the statement lost its turn) and
// those that say that it is damaged.
func kind(err error) error {
	if err == nil || errors.Is(err, fault.Unavailable) {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		why := passing(e.Code)
		switch {
		case why != "":
			return trouble{fmt.Sprintf("%s (SQLSTATE %s)", why, e.Code), err}
		case e.Code == "XX001" || e.Code == "XX002": // a table's or an index's page
			return fmt.Errorf("%w: %w", err, fault.Damaged)
		}
		return err
	}
	if lost(err) {
		return trouble{silence(err), err}
	}
	return err
}

// passing says in words what an error of this SQLSTATE is, if it may be gone
// later; see appendix A of PostgreSQL's manual. A longer code comes before its class.
func passing(code string) string {
	for _, class := range []struct{ code, why string }{
		{"08", "the connection to the database broke"},
		{"28", "the database refuses the user or the password"}, // they are being changed
		{"40", "the database undid it, to let others go on"},    // deadlock, serialization
		{"53100", "the disk of the database is full"},
		{"53300", "the database takes no more connections"},
		{"53", "the database is short of room"},
		{"57014", "the database took too long"},
		{"57", "the database is being stopped or started"},
		{"58", "the database can't use its disk"},
		{"25006", "the database is read-only"},
		{"25P03", "it took too long, and the database ended it"}, // idle in a transaction
		{"25P04", "it took too long, and the database ended it"}, // the transaction as a whole
		{"55P03", "what it needs is locked"},
	} {
		if strings.HasPrefix(code, class.code) {
			return class.why
		}
	}
	return ""
}

// noRoom reports whether an error is that the disk of the database is full.
func noRoom(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "53100"
}

// locked reports whether an error is that what was asked for is locked by somebody else.
func locked(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "55P03"
}

// silence says in words why there was no answer.
func silence(err error) string {
	if timedOut(err) {
		return "the database does not answer in time"
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return "no connection to the database: " + errno.Error()
	}
	return "no connection to the database"
}

// timedOut reports whether an error is that time ran out.
func timedOut(err error) bool {
	if pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// lost reports whether an error says that the connection broke, or that there
// was none: what was asked for may have been done all the same.
func lost(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P")
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

// found turns the driver's word for "no row" into ours, and marks the rest.
func found(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NotFound
	}
	return kind(err)
}
