# Vierkant needs Go, git and make. `make help` says what there is to do.

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
RACE        = $$(go list ./routing) $$(go list ./broker/... ./api/... | grep -vE "/(storetest|account|publication|template|catalogues|transfer|archive|diagnosis|tracking|operation|oidc|routesheet|figures|signin)$$|/api/portal")
PACKAGES    := postgresql python3-jwcrypto jose libcrypt-jwt-perl ruby-json-jwt erlang-jose erlang-jiffy chromium
SCRIPTS     := testenv/interop/javascript api/portal/portaltest/browser
T           ?= 1m

.DEFAULT_GOAL := build
.PHONY: build run demo check test tools rest race bench fuzz help go

build: go ## build bin/vierkant
	go build -trimpath -buildvcs=auto -o bin/vierkant ./cmd/vierkant

run: build ## run test, reference and production on this machine, with demo data (Ctrl-C ends it)
	bin/vierkant up

demo: build ## send one application through the four corners and watch it
	bin/vierkant demo

check: go ## gofmt, go vet, staticcheck, layers
	@badly=$$($$(go env GOROOT)/bin/gofmt -l .) && if [ -n "$$badly" ]; then echo "Run gofmt -w on:"; echo "$$badly"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go test -count=1 .

# A package is tested once: where goroutines meet with the race detector, which is C, the one thing here that Go does not bring along.
test: check tools ## everything that a fresh machine can run: check, all tests, the race detector where goroutines meet
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then \
		$(MAKE) --no-print-directory rest race; \
	else \
		echo "No C compiler, so no race detector: install gcc or clang to have it."; go test -timeout 15m ./...; \
	fi

# What the tests need beside Go: JOSE implementations of others (testenv/interop), and a browser for pages. Who is not root, or not on Debian, is told what to
# install, and the tests that need it say that they are skipped.
tools: ## install what the tests need beside Go
	@missing=$$(for p in $(PACKAGES); do dpkg-query -Wf '$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done; \
		command -v npm >/dev/null || echo nodejs npm); \
	missing=$$(echo $$missing); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; \
	else \
		echo "Not installed, and some tests are skipped without it (Debian's names): $$missing"; \
	fi
	@command -v npm >/dev/null || exit 0; \
	for folder in $(SCRIPTS); do \
		cmp -s $$folder/package-lock.json $$folder/node_modules/.vierkant || \
			{ npm ci --silent --no-audit --no-fund --prefix $$folder && cp $$folder/package-lock.json $$folder/node_modules/.vierkant; } || exit 1; \
	done

rest: go
	go test -timeout 15m $$(go list ./... | grep -vxF "$$(printf '%s\n' $(RACE))")

# The contract of the stores is left out by itself: it runs with each store, and what it runs there on its own are broken ones.
race: go
	go test -race -timeout 15m $(RACE)

# Benchmarks first; load programs, which want the machine for themselves, follow them one line each.
bench: go ## speed: benchmarks of all packages
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

fuzz: go ## fuzz every target for T each, one after the other: make fuzz T=1m
	@set -e; for package in $$(go list ./...); do \
		listed=$$(go test -list '^Fuzz' "$$package"); \
		for target in $$(echo "$$listed" | grep '^Fuzz' || true); do \
			echo "== $$package $$target for $(T)"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(T) "$$package"; \
		done; \
	done

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Go from 1.21 on fetches the version that go.mod asks for; everything older, and a machine without network, gets a sentence.
go:
	@need=$$(awk '$$1 == "go" { print $$2 }' go.mod); \
	if ! command -v go >/dev/null; then \
		echo "Vierkant is built with Go $$need or newer, and there is no go command on the PATH: install it from https://go.dev/dl/ and try again."; exit 1; \
	fi; \
	have=$$(go env GOVERSION 2>/dev/null | sed 's/^go//'); \
	oldest=$$(printf '%s\n%s\n' "$$need" "$$have" | sort -V | head -n 1); \
	if [ -z "$$have" ] || [ "$$oldest" != "$$need" ]; then \
		echo "Vierkant is built with Go $$need or newer, and this is $$(cd / && go version): install a newer one from https://go.dev/dl/ and try again."; exit 1; \
	fi
