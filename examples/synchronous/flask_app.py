"""Flask: one session for the application, made at the first request of each process.

CASSANDRA_CONTACT_POINTS=127.0.0.1 flask --app examples/synchronous/flask_app.py run
"""

from flask import Flask, jsonify

import aiocql
import aiocql.sync


def create_app(*contact_points: str) -> Flask:
    app = Flask(__name__)
    session = aiocql.sync.connect(*contact_points)
    app.extensions["cassandra"] = session

    @app.get("/version")
    def version():
        row = session.execute("SELECT release_version FROM system.local", timeout=2).one()
        return jsonify(version=row.release_version)

    @app.get("/health")
    def health():
        status = session.health().status
        return jsonify(status=status), 200 if status != "fail" else 503

    @app.errorhandler(aiocql.OperationTimedOut)
    def too_slow(error):
        return jsonify(error="the database is slow"), 504

    return app
