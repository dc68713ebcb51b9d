"""The HTML report of a session: charts and page template."""
