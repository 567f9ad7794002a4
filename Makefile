# Needs make and Python 3.11 or later; everything else goes into .venv.
.POSIX:
PYTHON = python3
VENV = .venv
PY = $(VENV)/bin/python
PIP_INSTALL = $(PY) -m pip install --disable-pip-version-check -qq -c constraints.txt
PINS = pyproject.toml constraints.txt
PYTEST_ARGS = -n 2 --dist loadfile --no-loadscope-reorder
# Two test processes on few cores: threads inside each of them would only get in each other's way.
ONE_THREAD = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/base.stamp ## set up without torch, fetch the weights, do the main job once, open the app
	@$(PY) -m mitate weights install
	@$(PY) -m mitate demo
	@echo "next: $(VENV)/bin/mitate --help shows every command; make test runs all tests"
	@if [ -t 1 ]; then $(PY) -m mitate serve --demo; \
		else echo "and the app, with the same two patients: $(VENV)/bin/mitate serve --demo"; fi

test: $(VENV)/test.stamp ## set up everything the tests need and run all of them
	@$(PY) -m mitate weights install
	@$(ONE_THREAD) $(PY) -m pytest $(PYTEST_ARGS)

check: $(VENV)/test.stamp ## lint, format, types, and which module may import which
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo

bench: $(VENV)/test.stamp ## measure against the goals and the peers; writes docs/benchmarks
	@$(PY) -m mitate weights install
	@$(PY) -m benchmarks.main
	@$(PY) -m benchmarks.abduction
	@$(PY) -m benchmarks.body
	@$(PY) -m benchmarks.programme
	@$(PY) -m mitate weights install efficientnet_lite0
	@$(PY) -m benchmarks.diagnosis
	@$(PY) -m benchmarks.edema_speed
	@$(PY) -m benchmarks.orl_swelling
	@$(PY) -m benchmarks.edema_alarm
	@$(PY) -m mitate edema benchmark --quick --out build/bench/edema-quick
	@$(PY) -m benchmarks.serve_start
	@$(PY) -m benchmarks.serve_load
	@$(PY) -m benchmarks.serve_kills
	@$(PY) -m benchmarks.serve_robust
	@$(PY) -m benchmarks.serve_contract
	@$(PY) -m benchmarks.serve_tour

docs: $(VENV)/docs.stamp ## fill the tables of the pages from the measured figures; build the site in build/site
	@$(PY) docs/build.py

clean: ## remove .venv and all that is built (the weights in the user's cache stay)
	rm -rf $(VENV) build dist src/mitate.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo "make: no $(PYTHON) found: install Python 3.11 or later, or run: make PYTHON=/path/to/python" >&2; \
		exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "make: $$($(PYTHON) --version) is too old: mitate needs 3.11 or later;" \
			"name a newer one with: make PYTHON=python3.12" >&2; \
		exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "make: this Python cannot make virtual environments:" \
			"install its venv package (Debian and Ubuntu: apt install python3-venv)" >&2; \
		exit 2; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 2; }

$(VENV)/base.stamp: $(PY) $(PINS)
	@echo "installing mitate into $(VENV) (about 250 MB to fetch the first time)"
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/test.stamp: $(PY) $(PINS)
	@echo "installing mitate with all that its tests need into $(VENV) (about 600 MB to fetch the first time)"
	@$(PIP_INSTALL) -e '.[dev,train,simulate]'
	@touch $(VENV)/base.stamp $@

$(VENV)/docs.stamp: $(VENV)/base.stamp
	@$(PIP_INSTALL) -e '.[docs]'
	@touch $@

.PHONY: help demo test check bench docs clean
