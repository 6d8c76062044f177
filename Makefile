# `make help` lists what there is. Every target installs what it needs first, and only when it has changed.
PORT ?= 8000
# Of `make test`; each has servers of its own.
PROCESSES ?= 2
PYTHON ?= python3
BIN := .venv/bin
LIVEKIT_SERVER := v1.13.5
.DEFAULT_GOAL := help
.PHONY: help install install-dev frontend livekit-server run test lint bench torture screenshots messages lock stop clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

.venv/installed: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

static/built/.built: frontend/node_modules/.installed $(shell find frontend/src frontend/*.mjs -type f 2>/dev/null)
	cd frontend && npm run --silent build
	@touch $@

install: .venv/installed ## Make the environment from the hash lock
install-dev: .venv/installed-dev ## The same, with the tools for tests and checks
frontend: static/built/.built ## Build the scripts and styles

.data/bin/livekit-server:
	@command -v go >/dev/null || { echo "Go is needed to build LiveKit's server: https://go.dev/dl"; exit 1; }
	@mkdir -p $(@D)
	GOBIN=$(CURDIR)/$(@D) go install github.com/livekit/livekit-server/cmd/server@$(LIVEKIT_SERVER)
	@mv $(@D)/server $@

livekit-server: .data/bin/livekit-server ## Build LiveKit's server, once, so that interviews can be held by voice

run: install frontend ## Run everything on http://127.0.0.1:8000 with sample data (PORT=… moves it)
	@PORT=$(PORT) $(BIN)/python -m config.run

test: install-dev frontend ## Run all tests, in two processes (PROCESSES=… changes that)
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile $(ARGS)

lint: install-dev ## Check style, types, imports and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy config accounts llm candidates interviews intake coaching agents
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check

bench: install-dev frontend ## Measure what the issues promise, each beside its baseline (takes about an hour)
	$(BIN)/python -m benchmarks

torture: install-dev frontend ## Kill workers, servers and models at two hundred points of an import
	GREENROOM_TORTURE_POINTS=200 $(BIN)/python -m pytest tests/torture --timeout=0 $(ARGS)

screenshots: install-dev frontend ## Take the pictures in docs/screenshots anew
	$(BIN)/python -m tests.console.screenshots

messages: install ## Collect the texts of candidates' pages for translation, and compile the catalogues (needs gettext)
	$(BIN)/django-admin makemessages --all --no-location --no-wrap --settings config.settings --pythonpath . \
		--ignore frontend --ignore .venv --ignore agents --ignore static --ignore staticfiles --ignore tests --ignore benchmarks
	for catalogue in locale/*/LC_MESSAGES/django.po; do msgfmt --check-format -o $${catalogue%.po}.mo $$catalogue; done

lock: ## Write both lock files anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --all-extras pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --extra embedded -c requirements-dev.lock pyproject.toml -o requirements.lock

clean: ## Delete the environment, the built files and all local data
	rm -rf .venv .data frontend/node_modules static/built staticfiles
