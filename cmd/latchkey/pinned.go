package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// pinnedTag is a loader that can't change: at an address with its hash, and with
// the integrity that the browser checks (W3C Subresource Integrity).
type pinnedTag struct {
	Src       string `json:"src"`
	Integrity string `json:"integrity"`
	Tag       string `json:"tag"`
}

const (
	askFor    = 15 * time.Second // how long to wait for the server
	maxLoader = 1 << 20          // bytes; a loader has a hundredth of that
)

// pinnedAt asks the server at base for the loader of a site, and for the same
// at its immutable address. Only what both answers agree on is printed.
func pinnedAt(ctx context.Context, base, site string) (*pinnedTag, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	moving := base + "/embed/" + site + ".js"
	body, err := fetchScript(ctx, moving)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	src := base + "/embed/" + site + "." + hex.EncodeToString(sum[:8]) + ".js"
	same, err := fetchScript(ctx, src)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(body, same) {
		return nil, fmt.Errorf("%s is not what %s is: something between here and the server changes what it serves", src, moving)
	}
	digest := sha512.Sum384(body)
	integrity := "sha384-" + base64.StdEncoding.EncodeToString(digest[:])
	return &pinnedTag{
		Src: src, Integrity: integrity,
		Tag: `<script async src="` + src + `" integrity="` + integrity + `" crossorigin="anonymous"></script>`,
	}, nil
}

// fetchScript returns the script at an address, and no other's: a redirect is an error.
func fetchScript(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server does not answer: %w", errors.Unwrap(err)) // which would name the address again
	}
	defer res.Body.Close()
	if media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode != http.StatusOK || err != nil || media != "text/javascript" {
		// Nothing of what it says: this is printed into HTML.
		return nil, fmt.Errorf("%s answers with status %d, and with no script; is it a Latchkey server that has this site?", address, res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxLoader+1))
	if err != nil {
		return nil, fmt.Errorf("%s ends early: %w", address, err)
	}
	if len(body) > maxLoader {
		return nil, fmt.Errorf("%s has more than %d bytes: it is no loader", address, maxLoader)
	}
	return body, nil
}
