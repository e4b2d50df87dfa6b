package transfer

import (
	"fmt"

	"latchkey/app/fault"
)

// States of a database that no server uses.
const (
	Filling = "filling" // as a target that is not finished
	Left    = "left"    // as an origin that was moved
)

// ErrUsed is the refusal of a target that is not empty. It wraps [fault.Conflict].
var ErrUsed = fmt.Errorf("there is something in it already, and nothing is overwritten; give an empty one: %w", fault.Conflict)

// InService returns why no server may use a database of this state; nil for
// one that is in none of those. The error wraps [fault.Conflict].
func InService(state string) error {
	switch state {
	case "":
		return nil
	case Filling:
		return fmt.Errorf("\"latchkey migrate\" has not finished filling it; run that again with --finish, or empty the database: %w", fault.Conflict)
	}
	return fmt.Errorf("\"latchkey migrate\" has moved what is in it elsewhere; start the server there. If it must be used again, \"latchkey migrate --reopen\" allows it: %w", fault.Conflict)
}
