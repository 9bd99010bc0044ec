# zog. `make` without a target lists the targets.
# It needs Go, git and make. All other tools are pinned in tools/go.mod, and Go
# builds them the first time.

# The length of the abbreviation is given, as that which git chooses depends on the clone.
VERSION ?= $(shell git describe --always --dirty --tags --abbrev=12 2>/dev/null || echo unversioned)
LDFLAGS := -s -w -X xlattice.org/zog/internal/version.version=$(VERSION)

# The state of the repository is in VERSION only, so that a source archive builds the same programs.
BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'

# Duration of each fuzz target.
FUZZTIME ?= 30s

# The race detector needs a C compiler. Without one, tests run without it.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# A program with the race detector sleeps at its end, so that goroutines that are left may
# still be caught: a second, unless it is told otherwise. Tests start hundreds of programs.
export GORACE ?= atexit_sleep_ms=50

TOOL  := go tool -modfile=tools/go.mod
GOFMT := $(shell go env GOROOT)/bin/gofmt

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# --- use -----------------------------------------------------------------------

.PHONY: build
build: ## bin/zog and bin/sprog, static
	$(BUILD) -o bin/ ./cmd/zog ./cmd/sprog

.PHONY: demo
demo: build ## five daemons at work, and a comparison of their logs
	@go run ./ringtest/cmd/demo

.PHONY: demo-svg
demo-svg: build ## docs/demo.svg, the terminal in the README, recorded anew
	@go run ./ringtest/cmd/record

# --- test ----------------------------------------------------------------------

.PHONY: test
test: ## the tests that are quick; `make test-long` has the others
	$(if $(RACE),,@echo 'No C compiler: the race detector is off.')
	go test $(RACE) -timeout 10m -skip '$(LONG)' ./ringtest/... ./... # those that take longest first
	cd bench && go test $(RACE) -timeout 5m ./...

# Names of tests that take longer than some five seconds with the race detector begin like this.
LONG := ^TestLong

.PHONY: test-long
test-long: ## the tests that take longer than some five seconds each
	$(if $(RACE),,@echo 'No C compiler: the race detector is off.')
	go test $(RACE) -timeout 20m -run '$(LONG)' $$(git grep -l '^func TestLong' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|')

# Until Go 1.27 a target may fail at the end of its time with "context deadline
# exceeded" and nothing else (golang/go#75804). A real failure names its input.
.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME, 30s
	@mkdir -p build; log=build/fuzz.log; n=0; \
	targets=$$(grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort); \
	total=$$(wc -l <<<"$$targets"); \
	while IFS=: read -r file func; do \
		n=$$((n + 1)); name=$${func#func }; package=$$(dirname "$$file"); \
		echo "[$$n/$$total] $$name in $$package for $(FUZZTIME)"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package" | tee $$log || \
		{ grep -q '^    context deadline exceeded$$' $$log && ! grep -q 'Failing input' $$log; } || \
		{ echo "$$name in $$package: failed"; exit 1; }; \
	done <<<"$$targets"

.PHONY: soak
soak: build ## five daemons under load, killed 200 times with kill -9; some minutes: SOAKFLAGS='--cycles 20'
	@go run ./ringtest/cmd/soak --zog bin/zog $(SOAKFLAGS)

# Each run has another seed. A schedule that fails is printed, with the shortest
# one found that still fails.
.PHONY: chaos
chaos: ## ten minutes of random faults on rings in virtual time: CHAOSFLAGS='-chaos-for 1m -chaos-seed 7'
	go test -count=1 -v -run 'TestLongChaos$$' -timeout 30m ./ringtest/chaos -chaos-seed $$(date +%s) -chaos-for 10m -chaos-lasts 20m $(CHAOSFLAGS)

.PHONY: chaos-real
chaos-real: build ## two minutes of faults on five real daemons in network namespaces, as root: CHAOSFLAGS='--seed 7'
	@go run ./ringtest/cmd/chaos-real --zog bin/zog $(CHAOSFLAGS)

# A case that misses its bar is repeated, and the median counts.
.PHONY: silence
silence: build ## how long clients and operators wait when hosts fall silent, on five real daemons in network namespaces, as root: SILENCEFLAGS=--short
	@go run ./ringtest/cmd/silence --zog bin/zog --sprog bin/sprog $(SILENCEFLAGS)

# An attack that misses a bar is repeated, and the majority of its runs counts.
.PHONY: attack
attack: build ## attacks on five real daemons, and what honest clients notice of them: ATTACKFLAGS=--short
	@go run ./ringtest/cmd/attack --zog bin/zog $(ATTACKFLAGS)

.PHONY: catchup
catchup: build ## what it costs that a host was away for a million messages
	@go run ./ringtest/cmd/catchup --zog bin/zog

.PHONY: power-cuts
power-cuts: ## 1,000 power cuts on disks that forget what was not synced, in virtual time
	go test -count=1 -run '^Test(Long)?PowerCuts$$' -timeout 30m ./ringtest/rings -power-cut-seeds 40

.PHONY: mutants
mutants: ## break the code on purpose, in one place at a time, and check that a test fails; an hour: MUTANTSFLAGS=--list
	@go run ./ringtest/cmd/mutants $(MUTANTSFLAGS)

.PHONY: broadcast
broadcast: ## 25 hosts, 100 ms from one to the next, 100 messages a second: what it costs, in virtual time
	go test -count=1 -v -run TestLongBroadcast ./ringtest -broadcast-lasts 20s

# Systems are measured in turns, each as a ring of processes, and each line of their
# logs is checked. Results go into docs/performance.md, with a plot.
RESULTS := --record ../docs/performance.json

.PHONY: bench
bench: ## zog beside a bare relay: throughput, latency, long texts, growth, memory, idle; half an hour
	cd bench && go build -o ../build/bench . && \
	../build/bench compare --systems relay,zog $(RESULTS) $(BENCHFLAGS) && \
	../build/bench latency $(RESULTS) $(BENCHFLAGS) && \
	../build/bench long $(RESULTS) $(BENCHFLAGS) && \
	../build/bench growth --messages 300000 --prior 10 $(RESULTS) $(BENCHFLAGS) && \
	../build/bench memory $(RESULTS) && ../build/bench idle $(RESULTS) && ../build/bench report

.PHONY: bench-peers
bench-peers: ## the same workloads beside NATS, JetStream, and rsyslog and Redis where they are installed; ten minutes
	cd bench && go build -o ../build/bench . && \
	../build/bench compare --scale 0.25 --peers $(RESULTS) $(BENCHFLAGS) && ../build/bench report

.PHONY: bench-go
bench-go: ## all Go benchmarks, with allocations
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: cover
cover: ## coverage of the tests: a total, and build/cover.html
	@mkdir -p build
	go test -coverpkg=./... -coverprofile=build/cover.out -timeout 10m ./...
	@go tool cover -html=build/cover.out -o build/cover.html
	@go tool cover -func=build/cover.out | tail -n 1

# --- check ---------------------------------------------------------------------

.PHONY: verify
verify: verify-format verify-vet verify-static verify-proto verify-generated verify-tidy verify-vulnerabilities ## all checks that do not run the programs

.PHONY: verify-format
verify-format:
	@echo 'gofmt'
	@unformatted=$$($(GOFMT) -l .); \
	if [[ $$unformatted ]]; then echo "not formatted:"; echo "$$unformatted"; exit 1; fi

.PHONY: verify-vet
verify-vet:
	go vet ./...
	cd bench && go vet ./...

.PHONY: verify-static
verify-static:
	$(TOOL) staticcheck ./...
	cd bench && go tool -modfile=../tools/go.mod staticcheck ./...

# proto/baseline.binpb is the published version of the wire contract.
.PHONY: verify-proto
verify-proto:
	$(TOOL) buf lint
	$(TOOL) buf breaking --against proto/baseline.binpb

.PHONY: verify-generated
verify-generated:
	@echo 'generated code'
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	$(TOOL) buf generate --output "$$fresh"; \
	diff <(cd "$$fresh" && find . -name '*.pb.go' | sort) <(find ./messages -name '*.pb.go' | sort); \
	for file in $$(cd "$$fresh" && find . -name '*.pb.go'); do diff -u "$$file" "$$fresh/$$file"; done

.PHONY: verify-tidy
verify-tidy:
	go mod tidy -diff
	cd tools && go mod tidy -diff
	cd bench && go mod tidy -diff
	cd ringtest/testdata/outside && go mod tidy -diff

# govulncheck fetches its database from VULNDB. Where that cannot be reached, nothing is checked,
# and this is said; it is no error, as the code is the same as before.
VULNDB ?= https://vuln.go.dev

.PHONY: verify-vulnerabilities
verify-vulnerabilities:
	@echo 'known vulnerabilities'
	@output=$$($(TOOL) govulncheck -db '$(VULNDB)' ./... 2>&1) && { echo "$$output"; exit; }; \
	if grep -q 'fetching vulnerabilities' <<<"$$output"; then \
		echo '*** NOT CHECKED for known vulnerabilities: $(VULNDB) cannot be reached'; \
	else echo "$$output"; exit 1; fi

# --- supply chain --------------------------------------------------------------

.PHONY: sbom
sbom: build ## build/zog.cdx.json and build/sprog.cdx.json: which modules are in the programs (CycloneDX)
	@mkdir -p build
	for program in zog sprog; do \
		$(TOOL) cyclonedx-gomod bin -json -std -noserial -notimestamp -version '$(VERSION)' \
			-output build/$$program.cdx.json bin/$$program; \
	done

# The second build is in a directory of another length and has an empty build cache, so that it
# compiles everything.
.PHONY: reproducible
reproducible: ## build HEAD in two directories, the second time from nothing, and compare; a minute
	@there=$$(mktemp -d); trap 'rm -rf "$$there"' EXIT; \
	version=$$(git describe --always --tags --abbrev=12); \
	build() { \
		git clone -q . "$$1"; $(MAKE) -s -C "$$1" build VERSION="$$version"; \
		(cd "$$1/bin" && sha256sum zog sprog); \
	}; \
	build "$$there/first" >"$$there/1"; \
	GOCACHE="$$there/cache" build "$$there/a/second" >"$$there/2"; \
	diff "$$there/1" "$$there/2" || { echo 'the two builds differ'; exit 1; }; \
	cat "$$there/1"; echo "$$version: both builds are the same"

# --- generate ------------------------------------------------------------------

.PHONY: proto
proto: ## generate the wire types from proto/
	$(TOOL) buf generate
