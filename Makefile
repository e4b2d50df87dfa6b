# Latchkey. `make help` lists what there is; `make run` and `make test` are what a newcomer needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build assets dist run test unit setup check size bench bench-receipts shots fmt lint fuzz clean

LATCHKEY_ADDR ?= 127.0.0.1:8080
DEMO_ADDR ?= 127.0.0.1:8090
GROUPS := testdata/groups

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

build: assets ## Build bin/latchkey, and bin/demo that serves the demo websites.
	@mkdir -p bin
	go build -trimpath -o bin/latchkey ./cmd/latchkey
	go build -trimpath -o bin/demo ./cmd/demo

# The same source makes the same bytes wherever it is built: no paths, no cgo, no time but the commit's.
DIST := dist

dist: assets ## Build the release into dist: static programs for Linux, their software bill of materials, checksums.
	@rm -rf $(DIST); mkdir -p $(DIST)
	for arch in amd64 arm64; do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -ldflags="-s -w" -o $(DIST)/latchkey-linux-$$arch ./cmd/latchkey; done
	go run ./cmd/sbom $(DIST)/latchkey-linux-amd64 > $(DIST)/latchkey.cdx.json
	cd $(DIST) && sha256sum * > SHA256SUMS

assets: ## Build the loader, the styles and the WebAssembly into web/dist.
	@go run ./cmd/assets

run: build ## Serve the sample groups and their demo websites, and say what to open; on other ports with LATCHKEY_ADDR=… DEMO_ADDR=….
	@mkdir -p .demo
	@config=$(GROUPS); \
	if [ $(DEMO_ADDR) != 127.0.0.1:8090 ]; then \
	  rm -rf .demo/groups; cp -r $(GROUPS) .demo/groups; config=.demo/groups; \
	  sed -i 's#127\.0\.0\.1:8090#$(DEMO_ADDR)#g; s#localhost:8090#localhost:$(lastword $(subst :, ,$(DEMO_ADDR)))#g' .demo/groups/*/group.yaml; \
	fi; \
	trap 'kill $$(jobs -p) 2>/dev/null || true' EXIT INT TERM; \
	bin/latchkey serve --config $$config --data .demo --addr $(LATCHKEY_ADDR) & \
	bin/demo --addr $(DEMO_ADDR) --latchkey http://$(LATCHKEY_ADDR) --third-party http://localhost:$(lastword $(subst :, ,$(DEMO_ADDR))) --sites testdata/sites & \
	printf '\n  Open  http://%s/  the demo websites: a banner, notices, requests\n  and   http://%s/reside/  a privacy centre at its own address\n  Mail that Latchkey would send is written to .demo/outbox. Stop with Ctrl-C.\n\n' $(DEMO_ADDR) $(LATCHKEY_ADDR); \
	wait -n

# Packages whose tests drive a browser run one after the other: side by side they would only wait for each other.
BROWSER := ./server/browsertest ./server/siteaudit ./web/boottest ./cmd/bench

test: setup build lint ## Set up what the tests need, and run all of them.
	cd web/test && npm ci --silent --no-audit --no-fund
	go run ./cmd/assets -test
	$(MAKE) --no-print-directory unit
	go test -count=1 -p 1 -timeout 40m $(BROWSER)

unit: ## Run the tests that need no browser and no npm.
	go test -count=1 $$(go list ./... | grep -vE '/(browsertest|siteaudit|boottest|bench)$$')

setup: ## Install what the tests need (Debian's chromium, node, npm, php, postgresql and three web servers); without root, say what to install.
	@missing=(); \
	command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core); \
	command -v node >/dev/null || missing+=(nodejs); \
	command -v npm >/dev/null || missing+=(npm); \
	command -v php >/dev/null || missing+=(php-cli); \
	command -v nginx >/dev/null || missing+=(nginx-light); \
	command -v apache2 >/dev/null || missing+=(apache2-bin); \
	command -v caddy >/dev/null || missing+=(caddy); \
	{ command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || missing+=(postgresql); \
	if [ $${#missing[@]} -gt 0 ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$${missing[@]}"; \
	  else \
	    echo "The tests need programs that are not on this machine. As root, run:" >&2; \
	    echo "  apt-get update && apt-get install --no-install-recommends $${missing[*]}" >&2; \
	    exit 1; \
	  fi; \
	fi

check: build ## Check the sample groups as an operator would.
	bin/latchkey check --config $(GROUPS)

size: assets ## Print the sizes of everything that travels, and fail if one is over its budget.
	go test -count=1 -run 'TestSize' -v ./server | grep -vE '^(=== |ok|PASS)'

bench: build ## Measure speed against a control in the same run, and print ratios.
	go run ./cmd/bench

bench-receipts: build setup ## Measure receipts a second with up to a million stored, in both stores; ARGS="-json" for machines.
	go run ./cmd/bench -only receipts -stored 0,200000,1000000 -connections 1,32,1024 $(ARGS)
	go run ./cmd/bench -only receipts -stored 0,200000,1000000 -connections 1,32,1024 -database temporary $(ARGS)

shots: build setup ## Put screenshots of every page and state into .shots.
	LATCHKEY_SHOTS=$(CURDIR)/.shots go test -count=1 -run 'TestShots' ./server/browsertest

fuzz: ## Run every fuzz test for a minute.
	@go list ./... | while read -r pkg; do \
	  go test -list '^Fuzz' "$$pkg" | { grep '^Fuzz' || true; } | while read -r f; do \
	    echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime 1m "$$pkg"; done; done

fmt: ## Format the Go code.
	gofmt -w app server web cmd

lint: ## Vet the code, natively and for WebAssembly, and check its format.
	go vet ./...
	GOOS=js GOARCH=wasm go vet ./cmd/panel ./cmd/proof ./app/...
	@test -z "$$(gofmt -l app server web cmd)" || { gofmt -l app server web cmd; exit 1; }

clean: ## Remove what was built.
	rm -rf bin dist web/dist/* .demo .shots
	touch web/dist/.keep
