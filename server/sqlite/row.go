package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"latchkey/app/consent"
)

// row is a receipt as it stands in its table.
type row struct {
	commitment, salt []byte
	id, event        uuid.UUID
	time, edition    int64
	choice           string
	sender           []byte
}

func newRow(r *consent.Stored, edition int64) (*row, error) {
	id, err1 := uuid.Parse(r.ID)
	event, err2 := uuid.Parse(r.Event.ID)
	rest, err3 := json.Marshal(choiceOf(r.Submission()))
	return &row{r.Commitment, r.Salt, id, event, toMillis(r.Time), edition, string(rest), r.Sender}, errors.Join(err1, err2, err3)
}

// insertReceipt adds a receipt, unless its event is there.
const insertReceipt = `INSERT INTO entries (commitment, salt, id, event, time, edition, choice, sender)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event) DO NOTHING`

// insert executes insertReceipt.
func (r *row) insert(ctx context.Context, insertReceipt *sql.Stmt) (created bool, err error) {
	return changed(insertReceipt.ExecContext(ctx, r.commitment, r.salt, r.id[:], r.event[:], r.time, r.edition, r.choice, null(r.sender)))
}
