package transfer

import (
	"context"
	"errors"
	"fmt"
)

// Origin is a store that is to be moved.
type Origin interface {
	// Snapshot returns what it holds at this moment. Servers may be writing to it.
	Snapshot(ctx context.Context) (Source, error)
	// InService reports, by an error that wraps fault.Conflict, that no server may use it: it was
	// left, or is a target that is not finished.
	InService(ctx context.Context) error
	// Leave takes it out of service: no server starts on it any more. One that is running goes on.
	Leave(ctx context.Context) error
	// Return takes that back.
	Return(ctx context.Context) error
}

// Move brings the target up to what is in the origin, and verifies it; see [Copy]. If that is
// to be final, it then takes the origin out of service, makes sure that nothing was written to it meanwhile
// (else the error wraps fault.Conflict, and the origin stays in service), and gives the target over to servers.
//
// It may be run again after it was interrupted at any point.
func Move(ctx context.Context, from Origin, to Target, o Options) (*Result, error) {
	src, err := from.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	c := &copying{Source: src, dst: to, options: o}
	result, err := c.run(ctx)
	if err := errors.Join(err, src.Close()); err != nil || !o.Final {
		return result, err
	}
	if err := from.Leave(ctx); err != nil {
		return result, fmt.Errorf("take the source out of service: %w", err)
	}
	if err := c.still(ctx, from); err != nil {
		// Whatever ended ctx must not keep the source out of service.
		return result, errors.Join(err, from.Return(context.WithoutCancel(ctx)))
	}
	return result, to.Finish(ctx)
}

func (c *copying) still(ctx context.Context, from Origin) error {
	now, err := from.Snapshot(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.unchanged(ctx, now), now.Close())
}
