# The fleet on docker compose; the Makefile includes this file. ENGINE=valkey selects the cache, and PROFILES='observability
# load' the extras. The database is PostgreSQL.
PROFILES ?=
ifeq ($(ENGINE),valkey)
override PROFILES += valkey
endif
CACHE := $(if $(filter valkey,$(PROFILES)),,redis)
COMPOSE := docker compose $(foreach profile,$(CACHE) $(PROFILES),--profile $(profile))

.PHONY: secrets standins up down logs prove test-compose

secrets: ## create a random file for every account and key of the composed fleet
	@deploy/compose/secrets.sh

standins: ## build base images under the official names, for a machine without a registry
	@deploy/standins/standins.sh $(ARGS)

up: ## start the fleet in containers: [ENGINE=valkey] [PROFILES='observability load']
	@COMPOSE_PROFILES='$(CACHE) $(PROFILES)' deploy/compose/up.sh

down: ## stop the fleet, and remove its containers, networks and data
	@docker compose --profile '*' down --volumes --remove-orphans

logs: ## follow the logs of the containers: [ARGS=backend-api]
	@$(COMPOSE) logs --follow $(ARGS)

prove: ## try every cell of the access matrix inside the composed network: [ARGS=--json]
	@$(COMPOSE) run --rm --no-deps access access prove $(ARGS)

test-compose: ## test the composed fleet: faults, roll-outs, isolation; needs a Docker engine
	@scripts/install.sh deploy
	@.tools/venv/bin/python -B -m pytest --config-file deploy/tests/pytest.ini deploy/tests/composed $(ARGS)
