# Kubernetes; the Makefile includes this file. ENV is a folder of deploy/k8s/overlays.

.PHONY: test-deploy edges alerts

deploy-%: ## roll out a release: migrate, deploy, check health [RELEASE=] [REGISTRY=]
	@scripts/deploy.sh $*

roll-back-%: ## roll back to the release of this checkout, and its schema: [RELEASE=] [NEWER=the one that runs] [DROP=yes] [INTERRUPT=yes]
	@DROP='$(DROP)' INTERRUPT='$(INTERRUPT)' scripts/roll-back.sh $* $(NEWER)

secrets-%: ## create the secrets that an environment lacks
	@scripts/cluster-secrets.sh $*

edges: ## compare the network edges of an environment with access.yaml, and list them: ENV=staging, or ENV=local for compose
	@scripts/install.sh deploy
ifeq ($(ENV),local)
	@docker compose --profile '*' config --format json | PYTHONPATH=deploy .tools/venv/bin/python -B -m operations.composed
else
	@PATH="$$PATH:$(CURDIR)/.tools/newer/usr/bin" PYTHONPATH=deploy .tools/venv/bin/python -B -m operations.edges \
	  deploy/k8s/overlays/$(ENV)
endif

alerts: ## cause each alert in a fleet on this machine, and wait until Prometheus reports it
	@scripts/install.sh test
	@scripts/install.sh deploy
	@swift build
	@scripts/alerts.sh

test-deploy: ## check manifests, images, compose and scripts against the rules; needs no cluster: [ARGS='-k connector']
	@scripts/install.sh deploy
	@PATH="$$PATH:$(CURDIR)/.tools/newer/usr/bin:$(CURDIR)/.tools/newer/usr/libexec/docker/cli-plugins" \
	  .tools/venv/bin/python -B -m pytest --config-file deploy/tests/pytest.ini deploy/tests $(ARGS)
