# Everything that a newcomer runs; `make help` lists it. Needs make, git and any Python from 3.8 on.
.DEFAULT_GOAL := help
.PHONY: help run manage token test lint bench soak messages lock clean environment

ENVIRONMENT := .venv/ready
PYTHON := .venv/bin/python
LAUNCH := $(PYTHON) -m crm.launch
ARGS ?=
PORT ?= 8000
DEMO ?= 1
export PORT DEMO

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(ENVIRONMENT) ## the product on http://127.0.0.1:8000 with demo data (PORT=8001, DEMO=0 for an empty firm)
	@$(LAUNCH) run

manage: $(ENVIRONMENT) ## a manage.py command on the local product (ARGS="check_invariants")
	@$(LAUNCH) manage $(ARGS)

token: $(ENVIRONMENT) ## a new API token, alone on the last line (USER=partner)
	@$(LAUNCH) manage create_api_token $(if $(filter command line,$(origin USER)),$(USER),partner)

test: $(ENVIRONMENT) ## the whole test suite, browser included (ARGS="-k invoice")
	@$(LAUNCH) test $(ARGS)

lint: $(ENVIRONMENT) ## style, types, floors, templates, migrations, translations
	@$(LAUNCH) set-up
	.venv/bin/ruff check --quiet
	.venv/bin/ruff format --check --quiet
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/djlint --lint --quiet templates
	$(LAUNCH) manage makemigrations --check --dry-run
	$(PYTHON) -m crm.launch.messages check
	@$(PYTHON) -m tests.measures

bench: $(ENVIRONMENT) ## the benchmarks, floors and product in the same run
	@$(LAUNCH) bench $(ARGS)

soak: $(ENVIRONMENT) ## the large load and fault runs
	@$(LAUNCH) test -n 0 -m soak -s $(ARGS)

messages: $(ENVIRONMENT) ## collects the UI strings into locale/*/LC_MESSAGES/django.po
	@$(PYTHON) -m crm.launch.messages write

lock: $(ENVIRONMENT) ## pins the packages anew: requirements/*.txt and package-lock.json
	@$(PYTHON) -m crm.launch.lock

clean: ## removes the environment, the front-end packages and caches; var/ (your data) stays
	rm -rf .venv node_modules static/vendor vendor var/boot var/test .mypy_cache .ruff_cache .import_linter_cache

environment: $(ENVIRONMENT)

# The first Python that really starts: a pyenv shim for a missing version does not.
$(ENVIRONMENT): .python-version requirements/dev.txt crm/launch/boot.py
	@for python in python3 /usr/bin/python3 python python3.13 python3.12 python3.11 python3.10 python3.9; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; \
	  then exec $$python crm/launch/boot.py; fi; \
	done; echo "No Python from 3.8 on was found." >&2; exit 1
