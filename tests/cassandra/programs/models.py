"""A program for cqlengine: models with a column of every type, and what its documentation does with them.

Runs on cassandra-driver, and with `python -m aiocql.compat` on aiocql; the output is the same.
"""

import datetime
import decimal
import os
import sys
import uuid

from cassandra import util
from cassandra.cqlengine import columns, connection
from cassandra.cqlengine.management import create_keyspace_simple, drop_keyspace, sync_table
from cassandra.cqlengine.models import Model
from cassandra.cqlengine.query import BatchQuery, LWTException
from cassandra.cqlengine.usertype import UserType

os.environ["CQLENG_ALLOW_SCHEMA_MANAGEMENT"] = "1"
ID = uuid.UUID(int=7)


class Address(UserType):
    street = columns.Text()
    number = columns.Integer()


class Every(Model):
    id = columns.UUID(primary_key=True)
    c = columns.Integer(primary_key=True, clustering_order="DESC")
    ascii = columns.Ascii()
    bigint = columns.BigInt()
    blob = columns.Blob()
    boolean = columns.Boolean()
    date = columns.Date()
    moment = columns.DateTime()
    decimal = columns.Decimal()
    double = columns.Double()
    duration = columns.Duration()
    float = columns.Float()
    inet = columns.Inet()
    list = columns.List(columns.Integer)
    map = columns.Map(columns.Text, columns.Integer)
    set = columns.Set(columns.Text)
    small = columns.SmallInt()
    text = columns.Text(index=True)
    time = columns.Time()
    timeuuid = columns.TimeUUID()
    tiny = columns.TinyInt()
    address = columns.UserDefinedType(Address)
    varint = columns.VarInt()
    static = columns.Text(static=True)


class Visits(Model):
    id = columns.Integer(primary_key=True)
    count = columns.Counter()


VALUES = {
    "ascii": "a", "bigint": 2**40, "blob": b"x", "boolean": True, "date": datetime.date(2026, 1, 2),
    "moment": datetime.datetime(2026, 1, 2, 3, 4, 5, 123000), "decimal": decimal.Decimal("1.25"), "double": 1.5,
    "duration": util.Duration(1, 2, 3), "float": 0.5, "inet": "127.0.0.1", "list": [1, 2], "map": {"a": 1},
    "set": {"x"}, "small": 3, "text": "text", "time": datetime.time(1, 2, 3), "tiny": 4,
    "timeuuid": uuid.UUID("5a5d1a00-0000-1000-8000-000000000000"), "address": Address(street="s", number=9),
    "varint": 2**70, "static": "one",
}  # fmt: skip


def main(contact_point: str, keyspace: str) -> None:
    connection.setup([contact_point], keyspace, protocol_version=5)
    create_keyspace_simple(keyspace, 1)
    sync_table(Every)
    sync_table(Every)
    sync_table(Visits)
    Every.create(id=ID, c=1, **VALUES)
    found = Every.objects.get(id=ID, c=1)
    print([name for name, value in VALUES.items() if getattr(found, name) != value])
    for name in VALUES:
        print(
            name, type(getattr(found, name)).__name__, str(getattr(found, name)) if name != "address" else ""
        )
    found.list.append(3)
    found.map["b"] = 2
    found.set.add("y")
    found.text = "new"
    found.save()
    found = Every.objects(id=ID, c=1).first()
    print(found.list, dict(found.map), sorted(found.set), found.text)
    Every.objects(id=ID, c=1).update(text="updated", list__append=[9])
    with BatchQuery() as batch:
        for number in range(5):
            Every.batch(batch).create(id=ID, c=10 + number, text="batch")
    print(
        [each.c for each in Every.objects(id=ID)], [each.c for each in Every.objects(id=ID, c__in=[10, 11])]
    )
    print(Every.objects.filter(id=ID).count(), len(Every.objects.filter(text="batch")))
    Visits.create(id=1)
    visits = Visits.get(id=1)
    visits.count += 5
    visits.save()
    print(Visits.get(id=1).count)
    try:
        Every.if_not_exists().create(id=ID, c=1)
    except LWTException as error:
        print(error.existing["[applied]"])
    print(list(Every.objects(id=ID).order_by("c").values_list("c", flat=True)))
    Every.objects(id=ID, c=10).delete()
    print(Every.objects(id=ID, c=10).first())
    drop_keyspace(keyspace)
    connection.unregister_connection("default")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
