# Kubernetes; the Makefile includes this file. ENV is a folder of deploy/k8s/overlays.

.PHONY: test-deploy

deploy-%: ## roll out a release: migrate, deploy, check health [RELEASE=] [REGISTRY=]
	@scripts/deploy.sh $*

secrets-%: ## create the secrets that an environment lacks
	@scripts/cluster-secrets.sh $*

test-deploy: ## check manifests, images, compose and scripts against the rules; needs no cluster
	@scripts/install.sh deploy
	@PATH="$$PATH:$(CURDIR)/.tools/newer/usr/bin:$(CURDIR)/.tools/newer/usr/libexec/docker/cli-plugins" \
	  .tools/venv/bin/python -B deploy/tests/run.py $(ARGS)
