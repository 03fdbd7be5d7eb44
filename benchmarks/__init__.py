"""What this client adds to an order, beside what others add: ``python -m benchmarks``; see ``README.rst``."""
