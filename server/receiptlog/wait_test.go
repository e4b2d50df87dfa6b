package receiptlog_test

import (
	"testing/synctest"
	"time"
)

const (
	patience = 20 * time.Second
	tick     = 10 * time.Millisecond
)

// wait lets a second pass on a synctest clock.
func wait() {
	time.Sleep(time.Second)
	synctest.Wait()
}
