# Hallmark 印信. `make demo` and `make test` need only Python 3.11+, git and make; everything else they bring themselves.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
RUN := $(UV) run --locked --no-sync

.PHONY: demo test browser lint bench bench-growth bench-readability soak drill screenshots nightly release-check audit-dependencies sbom clean

demo: .venv/.demo-ready browser
	$(RUN) hallmark demo --folder demo

test: .venv/.test-ready browser
	PATH="$(NODE):$$PATH" npm --prefix browser run --silent check
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) pytest -n 2 --dist loadfile

bench: .venv/.test-ready
	$(RUN) python -m bench.run --write

bench-growth: .venv/.test-ready
	$(RUN) python -m bench.growth --write $(SIZES)

bench-readability: .venv/.test-ready browser
	$(RUN) python -m bench.readability --write

# A body's key is stolen, 1,000 certificates of each sort; prints how long each part took.
drill: .venv/.test-ready
	HALLMARK_DRILL=1000 $(RUN) pytest -q -s tests/drill

# Many processes on one database, killed and started again, for STORE=sqlite or postgresql, SECONDS seconds.
STORE ?= postgresql
SECONDS ?= 300
soak: .venv/.test-ready
	$(RUN) python -m tests.soak --store $(STORE) --seconds $(SECONDS)

# Every answer as a person sees it, into build/screenshots: both languages, 320 and 1280 px, light and dark.
screenshots: .venv/.test-ready browser
	@test -f demo/summary.json || $(MAKE) demo
	$(RUN) python -m bench.screenshots demo build/screenshots

nightly: .venv/.test-ready
	HALLMARK_KILLS=30 HALLMARK_SOAK_SECONDS=60 HALLMARK_HISTORIES=200 HALLMARK_FAULT_POINTS=100000 HALLMARK_REQUESTS=10000 HALLMARK_STEPS=10000 HALLMARK_FLIPS=20 HALLMARK_GUESSES=10000 HALLMARK_PHOTOGRAPHS=300 $(RUN) pytest -n 2 --dist loadfile -m "slow or not slow"

release-check: .venv/.test-ready sbom
	HALLMARK_DRILL=1000 HALLMARK_KILLS=100 HALLMARK_SOAK_SECONDS=60 HALLMARK_HISTORIES=200 HALLMARK_FAULT_POINTS=100000 HALLMARK_REQUESTS=10000 HALLMARK_SLOW_CLIENTS=10000 HALLMARK_STEPS=10000 HALLMARK_FLIPS=20 HALLMARK_PHOTOGRAPHS=300 $(RUN) pytest -n 2 --dist loadfile -m "slow or not slow"
	$(RUN) python -m bench.run --gate
	$(MAKE) audit-dependencies

# Asks the public vulnerability service; where it cannot be reached this fails loudly rather than pass.
audit-dependencies: .venv/.test-ready
	@mkdir -p build
	$(UV) export --locked --no-dev --no-emit-project --format requirements.txt --quiet --output-file build/requirements.txt
	$(RUN) pip-audit --strict --requirement build/requirements.txt --disable-pip --require-hashes

sbom: .venv/.test-ready
	@mkdir -p build
	$(UV) export --locked --no-dev --format cyclonedx1.5 --quiet --output-file build/sbom.cdx.json

# The verifier in the browser. What it is made of: its sources, the sentences, the shapes, the dictionary.
NODE := $(CURDIR)/.tools/node
BROWSER_SOURCES := $(shell find browser/src -type f) $(wildcard browser/*.json browser/*.mjs web/i18n/*.json web/*.html verifier/templates/*.html verifier/static/*.svg) docs/dictionary-1.bin

browser: browser/build/.built

# Where npm's registry cannot be reached an earlier build serves on; without one the page asks its server (docs/browser.md).
browser/build/.built: $(BROWSER_SOURCES) | .venv/.demo-ready
	@$(RUN) python browser/node.py $(NODE)
	@PATH="$(NODE):$$PATH" npm --prefix browser ci --loglevel=error --no-audit --no-fund --ignore-scripts \
	  && PATH="$(NODE):$$PATH" node browser/build.mjs && touch $@ \
	  || { echo "The verifier in the browser was not built: npm's registry could not be reached, or the build failed (see above). The page works without it, through its server. Run 'make browser' again later."; [ "$(MAKECMDGOALS)" = demo ]; }

lint: .venv/.test-ready
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Hallmark needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv .tools || { echo "Python has no 'venv' module here. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.demo-ready: uv.lock pyproject.toml | $(UV)
	$(UV) sync --locked --no-dev --group browser --inexact --compile-bytecode --python $(PYTHON) --quiet
	@touch $@

.venv/.test-ready: uv.lock pyproject.toml | $(UV)
	$(UV) sync --locked --all-groups --compile-bytecode --python $(PYTHON) --quiet
	@touch $@ .venv/.demo-ready

clean:
	rm -rf .venv .tools demo build dist browser/node_modules browser/build verifier/static/app .pytest_cache .mypy_cache .ruff_cache
