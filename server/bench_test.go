package server_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// BenchmarkPostReceipt stores receipts as fast as many visitors send them,
// without the network: what the server and the store take for each.
func BenchmarkPostReceipt(b *testing.B) {
	r := start(b)
	template, handler := r.submission(), r.srv.Handler()
	b.SetParallelism(64)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			submission := map[string]any{}
			maps.Copy(submission, template)
			submission["event"] = uuid.NewString()
			body, err := json.Marshal(submission)
			if err != nil {
				b.Error(err)
				return
			}
			req := httptest.NewRequest(http.MethodPost, "/api/receipts", strings.NewReader(string(body)))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Origin", origin)
			req.RemoteAddr = "127.0.0.1:1" // not limited
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, req)
			if w.Code != http.StatusCreated {
				b.Errorf("%d: %s", w.Code, w.Body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "receipts/s")
}
