# The fleet on docker compose; included by the Makefile. PROFILES='valkey observability' chooses the cache and the extras.
PROFILES ?=
CACHE := $(if $(filter valkey,$(PROFILES)),,redis)
COMPOSE := docker compose $(foreach profile,$(CACHE) $(PROFILES),--profile $(profile))

.PHONY: secrets standins up down logs prove test-compose

secrets: ## a random file for every account and key of the composed fleet
	@deploy/compose/secrets.sh

standins: ## images under the official names, made here: for where no registry can be reached
	@deploy/standins/standins.sh $(ARGS)

up: secrets ## the fleet in containers: [PROFILES='valkey observability load']
	@$(COMPOSE) up --detach --wait

down: ## ends it, and removes its containers, networks and data
	@docker compose --profile '*' down --volumes --remove-orphans

logs: ## what the containers say: [ARGS=backend-api]
	@$(COMPOSE) logs --follow $(ARGS)

prove: ## tries every cell of the access matrix inside the composed network: [ARGS=--json]
	@$(COMPOSE) run --rm --no-deps access access prove $(ARGS)

test-compose: ## runs the composed fleet, breaks it and rolls releases out; needs a Docker engine
	@scripts/install.sh deploy
	@.tools/venv/bin/python -B deploy/tests/composed/run.py $(ARGS)
