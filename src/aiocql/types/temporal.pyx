# cython: cdivision=True
"""Time: timestamp, date, time and duration. Integer arithmetic only.

What Python's own types hold comes as them; what they do not hold comes as `Timestamp`, `Date` and `Time` of
`aiocql.types.values`, which compare with Python's and have the same attributes. With ``temporal="cassandra"`` in the
registry, every value comes as those, so that a column has one Python type whatever its values are.
"""

from cpython.datetime cimport (
    PyDate_Check, PyDate_CheckExact, PyDateTime_Check, PyDateTime_CheckExact, PyDelta_Check, PyTime_Check,
    PyTime_CheckExact, date_day, date_month, date_new, date_year, datetime_day,
    datetime_hour, datetime_microsecond, datetime_minute, datetime_month, datetime_new, datetime_second,
    datetime_tzinfo, datetime_year, get_utc, import_datetime, time_hour, time_microsecond, time_minute, time_new,
    time_second, time_tzinfo, timedelta_days, timedelta_microseconds, timedelta_seconds,
)
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from aiocql.binary.cursor cimport load32, load64
from aiocql.binary.vint cimport read_vint, write_vint
from aiocql.binary.writer cimport Writer, store32, store64
from aiocql.types.codec cimport Codec, bad_value, int_value, undecodable, wrong_size, wrong_type
from aiocql.types.slots cimport allocate, set_slot

from aiocql.types.first_use import first_use


cdef extern from "<stdint.h>" nogil:
    const int64_t INT32_MIN
    const int64_t INT32_MAX
    const int64_t INT64_MIN
    const int64_t INT64_MAX

cdef enum:
    MIN_DAY = -719162      # 0001-01-01, in days since 1970-01-01
    MAX_DAY = 2932896      # 9999-12-31
    MS_A_DAY = 86400000

cdef int64_t NS_A_DAY = 86400000000000

cdef object _Timestamp = None
cdef object _Date = None
cdef object _Time = None
cdef object _Duration = None
cdef object _whole = None                # the slot of the first three
cdef object _months = None, _days = None, _nanoseconds = None


cdef int _import_values() except -1:
    global _Timestamp, _Date, _Time, _Duration, _whole, _months, _days, _nanoseconds
    with first_use:
        if _Duration is None:
            import_datetime()
            from aiocql.types import values
            _Timestamp = values.Timestamp
            _Date = values.Date
            _Time = values.Time
            _whole = values._Whole._n
            _months = values.Duration.months
            _days = values.Duration.days
            _nanoseconds = values.Duration.nanoseconds
            _Duration = values.Duration
    return 0


cdef object make_whole(object kind, int64_t n):
    """A `Timestamp`, `Date` or `Time` of a number that it holds."""
    made = allocate(kind)
    set_slot(_whole, made, n)
    return made


cdef void civil_from_days(int64_t days, int* year, int* month, int* day) noexcept nogil:
    """The proleptic Gregorian date of a day since 1970-01-01 (eras of 400 years that begin in March)."""
    cdef int64_t z = days + 719468
    cdef int64_t era = z // 146097 if z >= 0 else (z - 146096) // 146097
    cdef int day_of_era = <int>(z - era * 146097)
    cdef int year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    cdef int day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    cdef int mp = (5 * day_of_year + 2) // 153
    day[0] = day_of_year - (153 * mp + 2) // 5 + 1
    month[0] = mp + 3 if mp < 10 else mp - 9
    year[0] = <int>(era * 400) + year_of_era + (1 if month[0] <= 2 else 0)


cdef int64_t days_from_civil(int year, int month, int day) noexcept nogil:
    """Days since 1970-01-01 of a date with year >= 1."""
    cdef int y = year - (1 if month <= 2 else 0)
    cdef int era = y // 400
    cdef int year_of_era = y - era * 400
    cdef int day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return <int64_t>era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


cdef int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    """a / b towards minus infinity; b > 0. (`//` is C's here: it cuts towards zero.)"""
    cdef int64_t q = a // b
    return q - 1 if q * b > a else q


cdef class _TemporalCodec(Codec):
    cdef readonly bint exact

    def __cinit__(self, cql_type, *args):
        _import_values()
        self.exact = bool(args and args[0])


cdef class TimestampCodec(_TemporalCodec):
    """``timestamp``: milliseconds since 1970; an aware `datetime` in UTC, or a `Timestamp` outside its years.

    A naive datetime is taken for UTC, a date for its midnight in UTC, an int for milliseconds. Microseconds are cut
    off towards the past.
    """

    def __cinit__(self, cql_type, *args):
        self.fixed_size = 8

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef int64_t ms, days
        cdef int rest, year, month, day
        if n != 8:
            wrong_size(self, n, "8")
        ms = <int64_t>load64(p)
        days = floor_div(ms, MS_A_DAY)
        if self.exact or not MIN_DAY <= days <= MAX_DAY:
            return make_whole(_Timestamp, ms)
        rest = <int>(ms - days * MS_A_DAY)
        civil_from_days(days, &year, &month, &day)
        return datetime_new(
            year, month, day, rest // 3600000, rest // 60000 % 60, rest // 1000 % 60, rest % 1000 * 1000, get_utc()
        )

    cdef int encode(self, Writer out, object value) except -1:
        cdef int64_t ms = 0
        if PyDateTime_Check(value):
            ms = _datetime_ms(self, value)
        elif type(value) is _Timestamp:
            ms = value.milliseconds
        elif PyDate_Check(value):
            if not PyDate_CheckExact(value):
                check_is_itself(self, value)
            ms = days_from_civil(date_year(value), date_month(value), date_day(value)) * MS_A_DAY
        elif hasattr(type(value), "__index__") and not isinstance(value, bool):
            ms = int_value(self, value, INT64_MIN, INT64_MAX)
        else:
            wrong_type(
                self, value, "a datetime, a date, a Timestamp or an int of milliseconds",
                "use datetime.fromisoformat(value)" if isinstance(value, str) else
                "use int(seconds * 1000)" if isinstance(value, float) else None,
            )
        store64(out.reserve(8), <uint64_t>ms)
        return 0


cdef int check_is_itself(Codec codec, object value) except -1:
    """Refuse what stands for a missing time: `pandas.NaT` is a datetime of the year 1 that does not equal itself."""
    if not value == value:
        bad_value(codec, value, "it does not equal itself, so that it stands for no time", "bind None for a null")
    return 0


cdef int64_t _offset_us(Codec codec, object value) except? -1:
    """The offset of an aware datetime in microseconds.

    `utcoffset` may be the user's own: its result is read as a timedelta only if it is one, and it must be less than a
    day, as `datetime.utcoffset` has it.
    """
    cdef int64_t us
    offset = value.utcoffset()
    if offset is None:
        return 0
    if not PyDelta_Check(offset):
        bad_value(
            codec, value, f"its utcoffset() is a {type(offset).__name__}, not a timedelta", "correct its time zone")
    # Days are the floor: 0 for less than a day ahead, -1 for a day behind or less.
    us = timedelta_seconds(offset) * <int64_t>1000000 + timedelta_microseconds(offset)
    if timedelta_days(offset) == 0:
        return us
    if timedelta_days(offset) != -1 or us == 0:
        bad_value(codec, value, "its utcoffset() is a day or more", "correct its time zone")
    return us - 1000 * <int64_t>MS_A_DAY


cdef int64_t _datetime_ms(Codec codec, object value) except? -1:
    if not PyDateTime_CheckExact(value):
        check_is_itself(codec, value)
    cdef int64_t us = days_from_civil(datetime_year(value), datetime_month(value), datetime_day(value)) * 86400
    us += datetime_hour(value) * 3600 + datetime_minute(value) * 60 + datetime_second(value)
    us = us * 1000000 + datetime_microsecond(value)
    zone = datetime_tzinfo(value)
    if zone is not None and zone is not get_utc():
        us -= _offset_us(codec, value)
    return floor_div(us, 1000)


cdef class DateCodec(_TemporalCodec):
    """``date``: days around 1970-01-01, which is 2^31 on the wire; a `datetime.date`, or a `Date` outside its years.

    Takes a str of the form 2024-02-29 as well, but no datetime: which day it is depends on a time zone.
    """

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef int64_t days = 0
        cdef int year, month, day
        if n != 4:
            wrong_size(self, n, "4")
        days = <int64_t>load32(p) - 0x80000000LL
        if self.exact or not MIN_DAY <= days <= MAX_DAY:
            return make_whole(_Date, days)
        civil_from_days(days, &year, &month, &day)
        return date_new(year, month, day)

    cdef int encode(self, Writer out, object value) except -1:
        cdef int64_t days = 0
        if isinstance(value, str):
            value = _parsed(self, _Date, value)
        if type(value) is _Date:
            days = value.days
        elif PyDate_Check(value) and not PyDateTime_Check(value):
            if not PyDate_CheckExact(value):
                check_is_itself(self, value)
            days = days_from_civil(date_year(value), date_month(value), date_day(value))
        else:
            wrong_type(
                self, value, "a date, a Date or a str",
                "use value.date()" if PyDateTime_Check(value) else
                "use Date(days since 1970-01-01)" if isinstance(value, int) else None,
            )
        store32(out.reserve(4), <uint32_t>(days + 0x80000000LL))
        return 0


cdef class TimeCodec(_TemporalCodec):
    """``time``: nanoseconds since midnight; a `datetime.time` where microseconds are enough, else a `Time`.

    Takes a str of the form 12:30:00.123456789 and an int of nanoseconds as well.
    """

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef int64_t ns, us
        cdef int seconds
        if n != 8:
            wrong_size(self, n, "8")
        ns = <int64_t>load64(p)
        us = ns // 1000
        if self.exact or ns < 0 or ns >= NS_A_DAY or us * 1000 != ns:
            return make_whole(_Time, ns)
        seconds = <int>(us // 1000000)
        return time_new(
            seconds // 3600, seconds // 60 % 60, seconds % 60, <int>(us - <int64_t>seconds * 1000000), None
        )

    cdef int encode(self, Writer out, object value) except -1:
        cdef int64_t ns = 0
        if isinstance(value, str):
            value = _parsed(self, _Time, value)
        if PyTime_Check(value):
            if time_tzinfo(value) is not None:
                bad_value(self, value, "it has a time zone", "use value.replace(tzinfo=None)")
            if not PyTime_CheckExact(value):
                check_is_itself(self, value)
            ns = time_hour(value) * 3600 + time_minute(value) * 60 + time_second(value)
            ns = (ns * 1000000 + time_microsecond(value)) * 1000
        elif type(value) is _Time:
            ns = value.nanoseconds
            if not 0 <= ns < NS_A_DAY:
                bad_value(self, value, "it is not within one day", "bind 0 to 86399999999999 nanoseconds")
        elif hasattr(type(value), "__index__") and not isinstance(value, bool):
            ns = int_value(self, value, 0, NS_A_DAY - 1)
        else:
            wrong_type(self, value, "a time, a Time, a str or an int of nanoseconds")
        store64(out.reserve(8), <uint64_t>ns)
        return 0


cdef object _parsed(Codec codec, object kind, str text):
    try:
        return kind.fromisoformat(text)
    except ValueError:
        pass
    bad_value(
        codec, text, f"it is not a {kind.__name__.lower()} in ISO form",
        "write it as 2024-02-29" if kind is _Date else "write it as 12:30:05.123456789",
    )


# --- duration --------------------------------------------------------------------------------------------------


cdef class DurationCodec(Codec):
    """``duration``: a `Duration` of months, days and nanoseconds, of one sign. Takes its text form (1h30m) as well."""

    def __cinit__(self, cql_type, *args):
        _import_values()

    cdef object decode(self, const uint8_t* p, Py_ssize_t n):
        cdef const uint8_t* end = p + n
        cdef int64_t months = 0, days = 0, nanoseconds = 0
        if not (read_vint(&p, end, &months) and read_vint(&p, end, &days) and read_vint(&p, end, &nanoseconds)):
            undecodable(self, "its bytes end before its three vints do")
        if p != end:
            undecodable(self, f"{end - p} bytes left over")
        if not (INT32_MIN <= months <= INT32_MAX and INT32_MIN <= days <= INT32_MAX):
            undecodable(self, "its months or days are beyond 32 bits")
        if (months < 0 or days < 0 or nanoseconds < 0) and (months > 0 or days > 0 or nanoseconds > 0):
            undecodable(self, "its months, days and nanoseconds are not of one sign")
        made = allocate(_Duration)
        set_slot(_months, made, months)
        set_slot(_days, made, days)
        set_slot(_nanoseconds, made, nanoseconds)
        return made

    cdef int encode(self, Writer out, object value) except -1:
        if isinstance(value, str):
            value = self._parse(value)
        if type(value) is not _Duration:
            wrong_type(
                self, value, "a Duration or a str",
                "use Duration.from_timedelta(value)" if hasattr(value, "total_seconds") else None,
            )
        write_vint(out, value.months)
        write_vint(out, value.days)
        return write_vint(out, value.nanoseconds)

    def _parse(self, value):
        try:
            return _Duration.parse(value)
        except ValueError:
            pass
        bad_value(self, value, "it is not a duration in CQL or ISO form", "write it as 1mo2d3h4m5s or P1M2DT3H4M5S")
