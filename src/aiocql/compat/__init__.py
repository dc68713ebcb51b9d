"""A way in for users of other drivers: their names and calls, served by aiocql.

`aiocql.compat.async_cassandra` is the public API of async-cassandra; `aiocql.compat.cassandra` holds the names of
cassandra-driver that its users import beside it.
"""
