# The entry points for developers and CI. `make help` lists them.

SHELL := /bin/bash
ENGINE ?= sqlite
ARGS ?=
ROWS ?= 1000000
EVENTS ?= 1000000
SOURCES := Package.swift Shared Services Tests Fuzz
SCRIPTS := scripts/*.sh deploy/compose/*.sh .ci/run

.DEFAULT_GOAL := help
.PHONY: help demo render test release versions test-mysql test-postgresql-15 test-service test-console mutants stress compliance contract fuzz sanitize bench build lint format clean

help: ## list these targets
	@grep -hE '^[a-z0-9%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9%-]+):.*## /\1\t/' | expand -t 20

demo: ## run the whole fleet: [ENGINE=postgresql|mariadb|galera|mysql|valkey] [ARGS=--once]
	@scripts/install.sh $(if $(filter postgresql mariadb galera mysql valkey,$(ENGINE)),$(ENGINE),build)
	@echo 'demo: building (the first build takes some minutes)' >&2
	@swift build
	@scripts/demo.sh $(ENGINE) $(ARGS)

render: ## write compose, Kubernetes and image files from both manifests: [ARGS=--check]
	@scripts/install.sh build
	@swift build --product bulkhead
	@"$$(swift build --show-bin-path)/bulkhead" render $(ARGS)

test: ## lint, start real servers on loopback, run every test (CI runs this)
	@scripts/install.sh test
	@$(MAKE) --no-print-directory lint
	@scripts/test.sh $(ARGS)

# The suites that run on every engine, those of the MySQL family's driver and rights, and the other clients on MySQL.
MYSQL_SUITES := DriverConformanceTests|MigrationsTests\.EngineTests|LiveSchemaTests|MariaDBDriverTests|MariaDBAdministrationTests|on MySQL

test-mysql: ## fetch a MySQL 9 and run the tests of drivers, migrations and rights on it
	@scripts/install.sh test
	@scripts/install.sh mysql
	@DATABASE_SERVER=mysql scripts/test.sh --skip 'FailoverTests|GaleraTests' --filter '$(or $(ARGS),$(MYSQL_SUITES))'

# The suites of the driver, of migrations and of the services, which run on every engine, and the refusal of the tool.
POSTGRESQL_15_SUITES := ^(DriverConformance|PostgresDriver|LiveSchema|Migrations|DataAccess|Service|BackendAPI|Connector|Analytics)Tests[.]|OlderReleaseTests

test-postgresql-15: ## run the tests of drivers, migrations and services on PostgreSQL 15
	@scripts/install.sh test
	@POSTGRES_RELEASE=15 scripts/test.sh --filter '$(or $(ARGS),$(POSTGRESQL_15_SUITES))'

test-service: ## do what docs/new-service.md says, in a copy of the checkout; takes two builds
	@scripts/install.sh test
	@scripts/service-test.sh

test-console: ## use the page of `bulkhead console` in headless Chromium, on a real fleet: [ARGS='--screenshots FOLDER']
	@scripts/install.sh console
	@swift build
	@scripts/console-test.sh $(ARGS)

mutants: ## report the small faults that no test detects: [ARGS='--only WORD --keep'] (docs/mutants.md)
	@scripts/install.sh test
	@.tools/venv/bin/python Tests/Mutants/run.py $(ARGS)

# The speed of the event log is that of a release build, which has a folder of its own.
STRESS_OPTIONS := --configuration release --scratch-path .build-stress --disable-xctest -Xswiftc -enable-testing

stress: ## overload the release build, migrate a million rows, follow a million events, with limits: [ROWS=1000000] [EVENTS=1000000] [ARGS='--only readers']
	@scripts/install.sh bench
	@scripts/install.sh test
	@echo 'stress: building (release)' >&2
	@swift build --configuration release --product backend-api
	@swift build --configuration release --product bulkhead
	@scripts/stress.sh $(ARGS)
	@STRESS_ROWS=$(ROWS) STORM_EVENTS=100 TEST_SILENT_SECONDS=2700 scripts/test.sh --filter 'MigrationTrafficTests|OverloadTests|WebhookStormTests'
	@echo 'stress: building the test of the event log (release)' >&2
	@BULKHEAD_TESTS=ConnectorTests FEED_EVENTS=$(EVENTS) TEST_BUILD_OPTIONS='$(STRESS_OPTIONS)' scripts/test.sh --filter FeedVolumeTests

compliance: ## send every protocol case over raw sockets at every split, and print the table with its clauses
	@scripts/install.sh build
	@scripts/compliance.sh

contract: ## hold every service to its API document, with requests made from it: [ARGS='--max-time 300']
	@scripts/install.sh contract
	@swift build
	@scripts/contract.sh $(ARGS)

fuzz: ## feed mutated input to parsers, under AddressSanitizer: [ARGS='--seconds 60 --only json'] [ARGS=--self-test]
	@scripts/install.sh build
	@scripts/fuzz.sh $(ARGS)

sanitize: ## run tests under AddressSanitizer and ThreadSanitizer: [ARGS='--only thread --filter PoolTests'] [ARGS=--self-test]
	@scripts/install.sh test
	@scripts/sanitize.sh $(ARGS)

bench: ## compare with peers on this machine: [ARGS='--rounds 3']
	@scripts/install.sh bench
	@echo 'bench: building (release)' >&2
	@BULKHEAD_BENCH=1 swift build --configuration release --static-swift-stdlib
	@BULKHEAD_BENCH=1 scripts/bench.sh $(ARGS)

versions: ## say which pinned images and packages are old; asks their registries
	@scripts/versions.sh

release: ## write a release of this commit with its checksums: [ARGS=--without-programs]
	@scripts/release.sh $(ARGS)

build: ## build the programs (debug)
	@scripts/install.sh build
	@swift build

lint: ## check the formatting and the shell scripts
	@echo 'lint: swift format' >&2
	@swift format lint --strict --parallel --recursive --configuration .swift-format $(SOURCES)
	@if command -v shellcheck >/dev/null; then echo 'lint: shellcheck' >&2; shellcheck $(SCRIPTS); fi

format: ## format every Swift file in place
	@swift format --in-place --parallel --recursive --configuration .swift-format $(SOURCES)

clean: ## remove built and fetched files, and what runs left that have ended; passwords and keys in .bulkhead stay
	@scripts/clean.sh

-include deploy/k8s.mk
-include deploy/compose.mk
