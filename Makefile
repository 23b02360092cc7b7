# make run | test | lint | bench | pictures | messages | manage ARGS="…" | backup | restore FILE=… | clean-demo
# A bare machine with Python 3.11 or later and make is enough: everything else is fetched into .venv and var.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
LAUNCHER := $(BIN)/python -m newsroom.embedded

# The first Python that is new enough; set PYTHON to choose another.
FIND_PYTHON = for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then break; fi; candidate=; \
	done; \
	if [ -z "$$candidate" ]; then \
	echo "Newsroom needs Python 3.11 or later and finds none: install one (on Debian: apt install python3 python3-venv)." >&2; exit 1; fi

# Settings that let Django check itself without any server.
WITHOUT_SERVERS = env NEWSROOM_MODE=test SECRET_KEY=lint SITE_URL=http://localhost:8000 ALLOWED_HOSTS=localhost \
	DATABASE_URL=postgres://lint@127.0.0.1:1/lint REDIS_URL=redis://127.0.0.1:1/0 EMAIL_URL=smtp://127.0.0.1:1 \
	STRIPE_SECRET_KEY=sk_test_lint STRIPE_WEBHOOK_SECRET=whsec_lint STRIPE_API_BASE=http://127.0.0.1:1 \
	NEWSROOM_VAR=$(CURDIR)/var MEDIA_ROOT=$(CURDIR)/var/media STATIC_ROOT=$(CURDIR)/var/static

.PHONY: help run test lint bench pictures manage messages backup restore clean-demo install-demo install-dev

help:  ## what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: install-demo  ## the whole demo at http://localhost:8000/ (PORT=8001 for another port); Ctrl-C stops it
	@exec $(LAUNCHER) run

test: install-dev  ## all tests, or some: make test ARGS="tests/members -k vote"
	@CHROMIUM=$$($(BIN)/python -m newsroom.embedded.chromium) && export CHROMIUM && \
	NGINX_PROGRAM=$$($(BIN)/python -m newsroom.embedded.nginx) && export NGINX_PROGRAM && \
	exec $(LAUNCHER) test --with-static -- python -m pytest $(ARGS)

lint: install-dev  ## style, types, import directions, Django's own checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(WITHOUT_SERVERS) $(BIN)/python manage.py check
	@$(BIN)/python -m newsroom.embedded.compose
	@$(WITHOUT_SERVERS) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

bench: install-dev  ## the figures, into var/bench.json
	@exec $(LAUNCHER) test --with-static -- python -m bench $(ARGS)

pictures: install-dev  ## each page by day and by night, on a phone and wide, in both languages, into var/pictures
	@CHROMIUM=$$($(BIN)/python -m newsroom.embedded.chromium) && export CHROMIUM && \
	exec $(BIN)/python -m tests.browser.pictures

manage: install-demo  ## a management command on the demo: make manage ARGS="shell"
	@exec $(LAUNCHER) with -- python manage.py $(ARGS)

backup: install-demo  ## database and media into one file in var/backups (docs/operations.md)
	@exec $(LAUNCHER) with --or-production -- python manage.py backup $(ARGS)

restore: install-demo  ## make restore FILE=… ARGS=--replace: what was backed up; nothing is mailed afterwards
	@$(if $(FILE),,echo "Say which: make restore FILE=var/backups/newsroom-….tar" >&2; exit 1;) \
	exec $(LAUNCHER) with --or-production -- python manage.py restore $(FILE) $(ARGS)

messages: install-dev  ## gather and compile the strings to translate
	@$(WITHOUT_SERVERS) $(BIN)/python manage.py messages $(ARGS)

clean-demo: install-demo  ## delete the demo's data, after asking
	@exec $(LAUNCHER) clean

install-demo install-dev: install-%:
	@$(FIND_PYTHON); exec "$$candidate" newsroom/embedded/bootstrap.py requirements-$*.txt
