# make run   builds, starts everything, fires one real-shaped webhook, prints the finished run.
# make test  everything that must pass.
.DEFAULT_GOAL := help
.PHONY: help run web stop test bench faults rolling fuzz schemathesis import-report

help: ## This list
	@sed -n 's/^\([a-z-]*\): *## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

run: ## Build, start on the embedded database, run the sample workflow, print the run and where to sign in
	@scripts/need.sh cargo cc
	@if command -v npm >/dev/null; then scripts/web.sh build; else echo "npm is missing: building without the web app; everything else works."; fi
	@cargo build --release --locked -p millrace-cli
	@target/release/millrace demo

web: ## Build the web app into web/dist, which the next build of the program takes in
	@scripts/need.sh node npm
	@scripts/web.sh build

stop: ## Stop what `make run` left running
	@if [ -x target/release/millrace ]; then target/release/millrace demo --stop; else echo "Nothing is running."; fi

test: ## Install what the tests need (Debian, Ubuntu), then lint, test and run the demonstration once
	@scripts/test.sh

bench: ## Measure; figures and method are in docs/benchmarks.md
	@scripts/need.sh cargo cc
	@scripts/bench.sh

faults: ## Kill, freeze, cut and fill everything, upgrade, and run the races in full size, for an hour and more; docs/faults.md
	@scripts/need.sh cargo cc
	@scripts/faults.sh

rolling: ## Upgrade from the release before and back, under load
	@scripts/rolling.sh

fuzz: ## Fuzz what reads foreign bytes, one minute each; scripts/fuzz.sh [seconds] [target…] for more
	@scripts/need.sh cargo cc c++
	@scripts/fuzz.sh

import-report: ## Import more than a hundred public OpenAPI documents and say how well; downloads 800 MB outside of the project
	@scripts/need.sh cargo cc node npm
	@scripts/import-report.sh

schemathesis: ## Send tens of thousands of generated requests on both databases and hold every answer against the API document
	@scripts/schemathesis.sh
