# Streamflow: `make demo` shows it, `make test` proves it, `make check` is for before each commit.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
JOBS ?= 2
CASES ?= 100000
SEED ?= 1000000

.PHONY: demo test programs check format docs bench bench-workerd fuzz mutants refusals clean

demo: $(INSTALLED) out/flights.ndjson
	@printf '\n1. The quick start (samples/quickstart.py): 500 transactions, large ones by the hour\n\n'
	@$(BIN)/streamflow compile samples/quickstart.py -o out/quickstart
	@$(BIN)/streamflow run samples/quickstart.py --input samples/transactions.ndjson --output out/results
	@printf '\n   out/results/alerts.ndjson\n'
	@sed 's/^/   /' out/results/alerts.ndjson
	@printf '\n2. A year of departures from New York (samples/flights.py): 336,776 real flights\n\n'
	@$(BIN)/streamflow compile samples/flights.py -o out/departures
	@$(BIN)/streamflow run samples/flights.py --input out/flights.ndjson --output out/results
	@printf '\n   out/results/punctuality.ndjson, airlines on 1 January\n'
	@head -n 5 out/results/punctuality.ndjson | sed 's/^/   /'
	@printf '\nThe Workers lie in out/quickstart and out/departures; their README.md say how to deploy them.\n'
	@printf 'The fused programs are their src/kernel.py. Serve one here: $(BIN)/streamflow dev samples/quickstart.py\n'

test: programs $(INSTALLED)
	$(BIN)/python -m pytest -n $(JOBS)

programs:
	@.ci/install

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow and not workerd"

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(INSTALLED)
	$(BIN)/python -m pytest -q --update-golden tests/docs/test_catalogue.py tests/frontend/test_diagnostic_codes.py

bench: $(INSTALLED)
	$(BIN)/python -m bench
	$(BIN)/python -m bench --without
	$(BIN)/python -m bench.size

bench-workerd: $(INSTALLED)
	$(BIN)/python -m bench.workerd

# CASES pairs of a generated graph and a stream, four streams a graph; SEED starts somewhere else.
fuzz: $(INSTALLED)
	STREAMFLOW_FUZZ_CASES=$$(($(CASES) / 4)) STREAMFLOW_FUZZ_SEED=$(SEED) $(BIN)/python -m pytest -q -n $(JOBS) -m slow tests/fuzz

mutants: $(INSTALLED)
	PYTHONPATH=tests JOBS=$(JOBS) $(BIN)/python -m mutants

refusals: $(INSTALLED)
	PYTHONPATH=tests JOBS=$(JOBS) $(BIN)/python -m refusals

clean:
	rm -rf $(VENV) .tools out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or later is needed: make PYTHON=python3.12"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

out/flights.ndjson: samples/flights_data.py | $(INSTALLED)
	@mkdir -p out
	@$(BIN)/python samples/flights_data.py $@.new && mv $@.new $@
