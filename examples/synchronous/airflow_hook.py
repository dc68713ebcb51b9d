"""An Airflow hook: a connection of the type `cassandra` as a session.

::

    @task
    def count() -> int:
        with AiocqlHook("my_cluster").get_conn() as session:
            return session.execute("SELECT count(*) FROM shop.item", into="scalar").one()
"""

from airflow.sdk.bases.hook import BaseHook

import aiocql.sync


class AiocqlHook(BaseHook):
    """Sessions with the cluster of an Airflow connection: host (several with commas), port, login, schema."""

    conn_name_attr = "cassandra_conn_id"
    default_conn_name = "cassandra_default"
    conn_type = "cassandra"
    hook_name = "aiocql"

    def __init__(self, cassandra_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.cassandra_conn_id = cassandra_conn_id

    def get_conn(self) -> aiocql.sync.Session:
        connection = self.get_connection(self.cassandra_conn_id)
        options = dict(connection.extra_dejson)
        if connection.login:
            options["auth"] = (connection.login, connection.password)
        if connection.schema:
            options["keyspace"] = connection.schema
        hosts = (connection.host or "127.0.0.1").split(",")
        return aiocql.sync.connect(*hosts, port=connection.port or 9042, **options)

    def test_connection(self) -> tuple[bool, str]:
        """What the button "Test" of Airflow's page of connections calls."""
        try:
            with self.get_conn() as session:
                return True, f"connected to {session.metadata.cluster_name}"
        except aiocql.Error as error:
            return False, str(error)
