from aiocql.sync.session import Result as Result

__all__ = ["Result"]
