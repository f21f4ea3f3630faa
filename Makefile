# GitTix in a few commands. Each sets up what it needs first; see scripts/.
.DEFAULT_GOAL := help
.PHONY: help run test dev check e2e e2e-browsers chaos model bench bench-pages seed-large lighthouse image-test sqlx clean-data

# Told by the kernel when make itself is killed, each script ends what it started.
TIED := @setpriv --pdeathsig TERM --

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## set everything up, then serve the site with demo data on http://127.0.0.1:3000
	$(TIED) scripts/run.sh

test: ## set everything up, then run every check; ONLY=browser and the like run one step
	$(TIED) scripts/test.sh

dev: ## like run, rebuilding and reloading as the sources change
	$(TIED) scripts/dev.sh

check: ## the quick inner loop: format, lints, unit tests
	$(TIED) scripts/check.sh

e2e: ## the browser tests alone; ARGS='…' go to Playwright
	$(TIED) scripts/e2e.sh $(ARGS)

e2e-browsers: ## one purchase in Firefox and one in WebKit; BROWSERS=firefox runs one of them
	$(TIED) scripts/browsers.sh

chaos: ## buy and sell while everything breaks; SEED=… repeats a run, CHAOS_SECONDS=600 runs longer
	$(TIED) scripts/chaos.sh

model: ## random sequences against the model of the purchase; MODEL_SEQUENCES=5000, MODEL_SEED=…
	$(TIED) scripts/model.sh

bench: ## what pages, locks and event streams cost on this machine; see docs/SCALING.md
	$(TIED) scripts/bench.sh

bench-pages: ## what pages cost with the demo's tickets and with a million more
	$(TIED) scripts/bench.sh pages

seed-large: ## add a million tickets at 100,000 events to the data of make run
	$(TIED) scripts/seed-large.sh

lighthouse: ## how Lighthouse rates home, an event, a listing and search; it fails below 95 (accessibility and SEO: 100)
	$(TIED) scripts/lighthouse.sh

image-test: ## build the Dockerfile without an engine, and buy a ticket from what it made (root; half an hour)
	$(TIED) scripts/image.sh

sqlx: ## bring .sqlx up to date after a query or a migration changed
	$(TIED) scripts/sqlx.sh

clean-data: ## forget the demo data
	@scripts/clean-data.sh
