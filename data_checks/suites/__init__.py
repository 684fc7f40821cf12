"""Great Expectations suites as data: one module per border. They are made and run by runner.py alone."""
