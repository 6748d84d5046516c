# Kubernetes: included by the Makefile. ENV is a folder of deploy/k8s/overlays.

.PHONY: test-deploy

deploy-%: ## rolls a release out: migrate, deploy, look [RELEASE=] [REGISTRY=]
	@scripts/deploy.sh $*

secrets-%: ## makes the secrets that an environment lacks
	@scripts/cluster-secrets.sh $*

test-deploy: ## holds manifests, images, compose and scripts to their rules; needs no cluster
	@scripts/install.sh deploy
	@PATH="$$PATH:$(CURDIR)/.tools/newer/usr/bin:$(CURDIR)/.tools/newer/usr/libexec/docker/cli-plugins" \
	  .tools/venv/bin/python -B deploy/tests/run.py $(ARGS)
