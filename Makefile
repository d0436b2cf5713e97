# `make run` and `make test` work on a machine that has only the Swift toolchain: what is missing is installed first.

SHELL := /bin/bash
PACKAGES := libsqlite3-dev libpopt-dev libevent-dev libcurl4-openssl-dev
# What the tests start: shells, clients, promtool, mounts that are read-only.
TEST_PACKAGES := sqlite3 curl python3 python3-venv prometheus bindfs
LEDGER ?= .build/demo/healing.db
SECONDS ?= 10
# Options of the benchmarks, such as BENCH='--only execute'.
BENCH ?=
# The release before this one.
BEFORE ?= 2821267
# Tests that compare times within one run: they run by themselves, one at a time.
TIMED := DetectionGrowthTests|the time to|takes no longer than
# Long sweeps whose product code runs on one thread.
ONE_THREAD := RedactionPropertyTests|DamagedNumbersTests|SalvageTests|DaemonMemoryTests
DOCUMENTED := Healing HealingSQLite HealingChecks HealingServer HealingTesting

# Tests that run concurrently. All at once, each would last as long as the whole run, longer than the limits of its waits.
WIDTH := --experimental-maximum-parallelization-width 8

test soak test-tsan test-asan test-api test-kill test-model test-releases test-redaction test-damage test-incidents test-analysis test-transfers test-packages bench-peers: PACKAGES += $(TEST_PACKAGES)

.PHONY: run test soak test-api test-tsan test-asan test-kill test-model test-releases test-redaction test-damage test-incidents test-analysis test-transfers test-packages docs lint format bench bench-quick bench-peers bench-server bench-build build deps

# Runs tests, and repeats at the end what failed: their output is long.
tested = echo '$(1)'; $(1) 2>&1 | tee .build/test.log; \
  [ $${PIPESTATUS[0]} = 0 ] || { echo 'Failed:'; grep -A 2 '✘' .build/test.log; exit 1; }

run: build
	@mkdir -p $(dir $(LEDGER))
	.build/release/healing demo --ledger $(LEDGER) --seconds $(SECONDS)

build: deps
	swift build -c release --product healing

test: deps
	swift build --build-tests
	@$(call tested,swift test --skip-build --parallel $(WIDTH) --skip "$(TIMED)")
	@$(call tested,swift test --skip-build --no-parallel --filter "$(TIMED)")

# The product under the thread sanitizer, which ends the run at the first race it sees. It is many times slower, and tests over
# real sockets have limits of time, so three tests run at once. What compares times, and long sweeps of one thread, stay out:
# of redaction, of damaged files, and of the memory of a daemon, of which the sanitizer takes its own share.
test-tsan: deps
	swift build --build-tests --sanitize=thread -Xswiftc -DHEALING_TSAN --scratch-path .build/tsan
	TSAN_OPTIONS=halt_on_error=1 swift test --parallel --experimental-maximum-parallelization-width 3 --skip-build --sanitize=thread \
	  -Xswiftc -DHEALING_TSAN --scratch-path .build/tsan --skip "$(TIMED)|$(ONE_THREAD)"

# Everything under the address sanitizer. What an instrumented program needs of memory says nothing, so these tests stay out.
test-asan: deps
	swift build --build-tests --sanitize=address --scratch-path .build/asan
	ASAN_OPTIONS=detect_leaks=0 swift test --no-parallel --skip-build --sanitize=address --scratch-path .build/asan \
	  --skip "FloodTests|DaemonMemoryTests"

# schemathesis against the live daemon: every operation of /openapi.json.
test-api: deps .build/api-venv/installed
	swift build --product healing
	PROGRAM=$(CURDIR)/.build/debug/healing ST=$(CURDIR)/.build/api-venv/bin/st Tests/Clients/contract.sh

.build/api-venv/installed: Tests/Clients/requirements.txt
	python3 -m venv .build/api-venv
	.build/api-venv/bin/pip install --quiet --disable-pip-version-check -r Tests/Clients/requirements.txt
	touch $@

# Eight questions about an outage by pandas, DuckDB and Datasette, while a service writes.
test-analysis: deps .build/analysis-venv/installed
	swift build --product healing
	swift build --product OutageWriter
	.build/analysis-venv/bin/python Tests/Clients/analysis.py .build/debug/healing .build/debug/OutageWriter \
	  .build/analysis-venv/bin/datasette

.build/analysis-venv/installed: Tests/Clients/analysis-requirements.txt
	python3 -m venv .build/analysis-venv
	.build/analysis-venv/bin/pip install --quiet --disable-pip-version-check -r Tests/Clients/analysis-requirements.txt
	touch $@

# 200 kills under load; `make test` runs a share of them.
test-kill: deps
	HEALING_KILLS=200 swift test --filter CrashTests

# 300 random sequences of transfers between ledgers; `make test` runs 3.
test-transfers: deps
	HEALING_TRANSFERS=300 swift test --filter TransferModelTests

# 30 virtual days with retention, kills and a disk that fills twice, in some minutes; `make test` runs a share of the steps.
soak: deps
	HEALING_SWEEP=all swift test --filter SoakTests

# The circuit breaker against its model, also over restarts and in two processes; `make test` runs a share of the sequences.
test-model: deps
	HEALING_SEQUENCES=500 swift test --filter BreakerModel

# The release before and this one take turns on a ledger. BEFORE is a commit.
test-releases: deps
	swift build -c release --product healing
	[ -e .build/before ] || git worktree add --detach .build/before $(BEFORE)
	git -C .build/before checkout --quiet --detach $(BEFORE)
	swift build -c release --product healing --package-path .build/before
	EARLIER=.build/before/.build/release/healing LATER=.build/release/healing Tests/Clients/releases.sh

# Every hostile pattern and every place of a secret, in some minutes; `make test` runs a share of them.
test-redaction: deps
	HEALING_SWEEP=all swift test --filter "DetectionGrowthTests|RedactionPropertyTests|HarmlessMessagesTests"

# Every number of a ledger damaged, in some minutes; `make test` tries a share of the columns and values.
test-damage: deps
	HEALING_SWEEP=all swift test --filter DamagedNumbersTests

# 2,000 random scripts of outages beside an oracle without SQL, in some minutes; `make test` runs a share of them.
test-incidents: deps
	HEALING_SWEEP=all swift test --filter "IncidentOracleTests|EngineOracleTests"

# Everything beside its references; fails when a figure is past its budget. Needs 8 GB in the temporary folder.
bench: bench-build
	.build/release/HealingBenchmarks $(BENCH)

# The same without judging, in seconds and in a debug build, which the tests share: only to see that nothing fails.
bench-quick: deps
	swift build --product HealingBenchmarks
	.build/debug/HealingBenchmarks --quick $(BENCH)

# The same beside pybreaker, tenacity and a ledger written by hand, in one table.
bench-peers: bench-build .build/peers/installed
	.build/release/HealingBenchmarks --peers .build/peers/bin/python $(BENCH)

# The daemon under wrk over a million recoveries, beside a bare evhttp handler.
bench-server: PACKAGES += wrk
bench-server: bench-build
	mkdir -p .build/bench-server && rm -f .build/bench-server/*
	cc -O2 -o .build/bench-server/bare Benchmarks/Server/bare.c -levent
	.build/release/HealingBenchmarks --build .build/bench-server/healing.db --rows 1000000
	PROGRAM=.build/release/healing BARE=.build/bench-server/bare LEDGER=.build/bench-server/healing.db \
	  Benchmarks/Server/run.sh

bench-build: deps
	swift build -c release --product HealingBenchmarks
	swift build -c release --product healing

.build/peers/installed: Benchmarks/Peers/requirements.txt
	python3 -m venv .build/peers
	.build/peers/bin/pip install --quiet --disable-pip-version-check -r Benchmarks/Peers/requirements.txt
	touch $@

# Two packages that use this one from outside, with default settings: the example service, and a program beside another
# package whose C targets have the usual names.
test-packages: deps
	swift build --package-path Examples --scratch-path .build/examples
	rm -f .build/shop.db* && set -o pipefail && .build/examples/debug/Shop .build/shop.db | tee .build/shop.log
	grep -q '2026.11.4: payments_api is open at the start' .build/shop.log
	swift build --package-path Tests/ClashingNames --scratch-path .build/clashing-names
	rm -f .build/names.db* && .build/clashing-names/debug/Program .build/names.db

# The documentation of the public interface, as .build/docs/MODULE; a warning fails it.
docs: deps
	rm -rf .build/docs && mkdir -p .build/docs .build/docs-build/symbols
	for module in $(DOCUMENTED); do \
	  swift build --scratch-path .build/docs-build --target $$module -Xswiftc -emit-symbol-graph \
	    -Xswiftc -emit-symbol-graph-dir -Xswiftc $(CURDIR)/.build/docs-build/symbols || exit 1; \
	  mkdir -p .build/docs-build/$$module && cp .build/docs-build/symbols/$$module.symbols.json .build/docs-build/$$module/ || exit 1; \
	  catalog=Sources/$$module/$$module.docc; [ -d $$catalog ] || catalog=""; \
	  docc convert $$catalog --additional-symbol-graph-dir .build/docs-build/$$module --fallback-display-name $$module \
	    --fallback-bundle-identifier $$module --output-path .build/docs/$$module --warnings-as-errors || exit 1; \
	done

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Migrations Queries Benchmarks Examples/Package.swift \
	  Examples/Sources
	@! grep -rn --include='*.swift' '[^a-zA-Z]Process()' Sources Tests Benchmarks || \
	  { echo "Foundation's Process can crash the program that uses it: use SpawnedProcess"; exit 1; }
	@! grep -rnE --include='*.swift' '(^|[^.a-zA-Z])print\(' Sources/HealingCLI || \
	  { echo "print() does not say that its output could not be written: use StandardOutput.write"; exit 1; }
	@! grep -rl --include='*.swift' '^ *import Glibc' Sources | grep -vE 'Platform/(CLibrary|Lock)\.swift|HealingSQLite/' || \
	  { echo "import Glibc builds on one platform only: use CLibrary or what Foundation exports"; exit 1; }

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests Migrations Queries Benchmarks

# Only what is missing is installed, so that this works without a network once it has run.
deps:
	@missing=""; for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then sudo=""; else sudo=sudo; fi; \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi
