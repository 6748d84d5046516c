# The fleet on docker compose; the Makefile includes this file. ENGINE='galera valkey' selects the database and the cache, and
# PROFILES='observability load' the extras. Without ENGINE, the targets use the engines that run.
PROFILES ?=
COMPOSE = ENGINE='$(filter-out sqlite,$(ENGINE))' COMPOSE_PROFILES='$(PROFILES)' deploy/compose/compose.sh

.PHONY: secrets standins up down logs prove test-compose

secrets: ## create a random file for every account and key of the composed fleet
	@deploy/compose/secrets.sh

standins: ## build base images under the official names, for a machine without a registry
	@deploy/standins/standins.sh $(ARGS)

up: ## start the fleet in containers: [ENGINE='postgres|mariadb|galera|mysql redis|valkey'] [PROFILES='observability load']
	@ENGINE='$(filter-out sqlite,$(ENGINE))' COMPOSE_PROFILES='$(PROFILES)' deploy/compose/up.sh

down: ## stop the fleet, and remove its containers, networks and data
	@docker compose --profile '*' down --volumes --remove-orphans

logs: ## follow the logs of the containers: [ARGS=backend-api]
	@$(COMPOSE) logs --follow $(ARGS)

prove: ## try every cell of the access matrix inside the composed network: [ARGS=--json]
	@$(COMPOSE) run --rm --no-deps access access prove $(ARGS)

test-compose: ## test the composed fleet: faults, roll-outs, isolation; needs a Docker engine
	@scripts/install.sh deploy
	@.tools/venv/bin/python -B -m pytest --config-file deploy/tests/pytest.ini deploy/tests/composed $(ARGS)
