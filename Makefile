# Every task of the project; `make help` lists them. A step of the set-up that is done already costs nothing.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

# Rasa needs Python 3.11, so that one is taken where there are several.
PYTHON := $(shell for one in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$one" && break; done)
ifeq ($(PYTHON),)
$(error Xinqiao needs Python 3.11 or newer: install it (apt-get install python3.11) and run make again)
endif

PREPARE := $(PYTHON) app/prepare.py
BIN := .venv/bin
UV := .tools/uv/bin/uv
NPM := PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm --prefix handoff/console --silent
CODE := app bot handoff actions nlu core tests
COMPILE := $(UV) pip compile --quiet --python-version 3.11 --generate-hashes --no-header $(UPGRADE)
RASA_PYTHON := nlu/rasa/.venv/bin/python

# Further words for pytest, as in `make unit ARGS="-k triage -x"`, and for `make lock UPGRADE=--upgrade`.
ARGS :=
UPGRADE :=

.PHONY: help
help: ## List every task
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

.PHONY: run demo setup
run: ## Set up what is missing and start the service on http://127.0.0.1:8080/
	@$(PREPARE) run
	@$(BIN)/xinqiao run

demo: ## The same with two counsellors on duty and waiting conversations
	@$(PREPARE) run
	@$(BIN)/xinqiao run --demo

setup: ## Set up everything for the service and its tests, start nothing
	@$(PREPARE) test

.PHONY: test lint unit e2e bench check
test: setup lint-only console-test ## Every check and every test
	$(BIN)/pytest $(ARGS)

lint: dev lint-only ## ruff, mypy --strict, import-linter

unit: dev ## The fast tests
	$(BIN)/pytest tests/unit $(ARGS)

e2e: setup ## The tests in real browsers
	$(BIN)/pytest tests/e2e $(ARGS)

bench: setup ## Measure the service; distributions go to build/bench.json
	$(BIN)/xinqiao bench $(ARGS)

.PHONY: evaluate bench-triage reader
evaluate: dev ## Figures of risk triage; ARGS="--folder F --misses", --accept keeps them
	@$(BIN)/python -m nlu.evaluate $(ARGS)

bench-triage: dev ## Time of the triage rules: start, per message, by length
	@$(BIN)/python -m nlu.bench $(ARGS)

reader: dev ## Train the second reader of triage again; ARGS=--curve measures with fewer sentences too
	@$(BIN)/python -m nlu.reader.train $(ARGS)

check: ## Validate every file in data/
	@$(PREPARE) app
	@$(BIN)/xinqiao check

.PHONY: console nlu-train nlu-test
console: ## Build the counsellors' console
	@$(PREPARE) console

nlu-train: ## Train the NLU model if its inputs changed
	@$(PREPARE) nlu

nlu-test: nlu-train ## Rasa's report on the held-back sentences, in build/nlu-report/
	RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore nlu/rasa/.venv/bin/rasa test nlu \
		--nlu data/nlu/test.yml --config config.yml --domain data/nlu/domain.yml \
		--model "$$($(RASA_PYTHON) nlu/rasa/train.py --print-path)" --out build/nlu-report

.PHONY: lock clean
lock: ## Compile every lock file again; UPGRADE=--upgrade takes newer versions
	@$(PREPARE) tools
	$(COMPILE) --universal requirements/uv.in -o requirements/uv.txt
	$(COMPILE) --universal requirements/node.in -o requirements/node.txt
	$(COMPILE) --universal pyproject.toml -o requirements/app.txt
	$(COMPILE) --universal pyproject.toml --group dev -c requirements/app.txt -o requirements/dev.txt
	$(COMPILE) nlu/rasa/requirements.in --override nlu/rasa/overrides.txt -o nlu/rasa/requirements.txt
	$(NPM) install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

clean: ## Delete all that the set-up made; var/ with data and keys stays
	rm -rf .tools .venv nlu/rasa/.venv nlu/rasa/models handoff/console/node_modules handoff/console/dist build
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .rasa *.egg-info
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# Parts of the tasks above.
.PHONY: dev lint-only console-test
dev:
	@$(PREPARE) dev

lint-only:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

console-test:
	$(NPM) run check
	$(NPM) run test
