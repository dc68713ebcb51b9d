"""What every test of the project gets: async tests in a fresh loop, and guards against everything left behind."""

pytest_plugins = ["tests.plugins.async_tests", "tests.plugins.guards", "pytester"]
