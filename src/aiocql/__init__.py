"""aiocql: the asyncio-native Apache Cassandra driver."""
