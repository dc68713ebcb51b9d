"""The synchronous session. Its types are in `session.pyi`, which `tools/sync_stubs.py` writes."""

import functools
import sys
import warnings

import aiocql
from aiocql.cluster.events import EventStream as NativeEventStream
from aiocql.results.result_base import ResultFactory
from aiocql.results.stream import Pages as NativePages
from aiocql.results.stream import Stream as NativeStream
from aiocql.session.limited import RateLimitedSession as NativeRateLimitedSession
from aiocql.session.session import Session as NativeSession
from aiocql.statements.prepared import PreparedStatement
from aiocql.sync import background
from aiocql.sync.call import run, run_function
from aiocql.sync.concurrent import run_with_items
from aiocql.sync.execute import ExecuteCall
from aiocql.sync.faces import Face, IteratorFace, add_methods, face_class, face_of, register
from aiocql.sync.result import Result
from aiocql.sync.surroundings import check_caller

__all__ = ["EventStream", "Pages", "RateLimitedSession", "Result", "Session", "Stream", "connect"]


def connect(*contact_points, **options):
    """Connect to a cluster and return a session: ``with aiocql.sync.connect("127.0.0.1") as session``.

    The contact points and options are those of `aiocql.connect`, and so are the errors.
    """
    check_caller()
    caller = sys._getframe(1)
    connecting = aiocql.connect(*contact_points, **options)
    connecting._created_at = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    return Session(connecting)


def _answers_in(native):
    """Have the session and its views make synchronous results."""
    native._result = ResultFactory(native, Result).make
    return native


class _Requests(Face):
    """What a session and a rate-limited view of it have in common: the calls that read statements."""

    def execute(self, query, parameters=None, **options):
        """Execute a statement and return the first page of its result. See `aiocql.Session.execute`."""
        check_caller()
        target = self._target()
        query = self._own(query)
        return ExecuteCall(self._background, target, query, parameters, options).result()

    def batch(self, statements, **options):
        """Execute several INSERT, UPDATE and DELETE statements in one request. See `aiocql.Session.batch`."""
        target = self._target()
        entries = [self._own_entry(each) for each in statements]
        return self._wait_for(lambda _: target.batch(entries, **options))

    def stream(self, query, parameters=None, **options):
        """Return an iterator over the rows of all pages. See `aiocql.Session.stream`."""
        check_caller()
        target = self._target()
        query = self._own(query)
        return self._call(lambda _: target.stream(query, parameters, **options))

    def execute_concurrent(self, statements, parameters=None, **options):
        """Execute many statements, at most `concurrency` at a time, and return the list of their results.

        The arguments are those of `aiocql.Session.execute_concurrent`. An iterator is read in the thread that calls,
        no further ahead than needed.
        """
        check_caller()
        target = self._target()
        start, items = self._many(target, statements, parameters, options)

        async def collect(items):
            return await start(items)

        return run_with_items(self._background, collect, items)

    def iter_concurrent(self, statements, parameters=None, **options):
        """Execute many statements and return an iterator over their results.

        No more than `concurrency` results wait to be taken. An iterator among the arguments must not use the session:
        it is read in the event loop.
        """
        check_caller()
        target = self._target()
        start, items = self._many(target, statements, parameters, options)
        return self._call(lambda _: start(items))

    def _many(self, target, statements, parameters, options):
        if parameters is not None:
            own = self._own(statements)
            return lambda items: target.execute_concurrent(own, items, **options), parameters
        if self._is_successor():
            statements = map(self._own_entry, statements)
        return lambda items: target.execute_concurrent(items, **options), statements

    def _own_entry(self, entry):
        if isinstance(entry, tuple | list) and len(entry) == 2:
            return self._own(entry[0]), entry[1]
        return self._own(entry)

    def rate_limited(self, *args, **kwargs):
        """Return a view of the session with a separate limit. See `aiocql.Session.rate_limited`."""
        check_caller()
        return RateLimitedSession(self, args, kwargs)

    def _limited(self, target, args, kwargs):
        """Return the asynchronous view of an asynchronous session or view."""
        return run_function(self._background, lambda: target.rate_limited(*args, **kwargs))


class Session(_Requests):
    """A session with a cluster, for programs without an event loop. Any number of threads may use it.

    After a fork the child connects anew at its first call, and shares nothing with its parent.
    """

    def __init__(self, connecting):
        self._former = set()
        self._adopted = {}
        self._closed = False
        self._begin(connecting, background.current())

    def _begin(self, connecting, loop):
        native = _answers_in(run(loop, connecting._connect))
        # This object warns if nobody closes it.
        native._created_at = None
        self._connecting = connecting
        self._native = native
        self._background = loop
        loop.close_at_exit(self, functools.partial(native.close, drain_timeout=0.0))

    def _target(self):
        if not (self._background.is_current or self._closed or self._native.is_closed):
            self._connect_again(background.current())
        return self._native

    def _connect_again(self, loop):
        """Connect in a forked child: same options, keyspace and profiles; statements are prepared again when used."""
        with background.lock():
            if self._background is loop:
                return
            native = self._native
            options = self._connecting.options.replace(
                keyspace=native.keyspace, codecs=native.codecs, profiles=native.profiles
            )
            self._former.add(native._services.executor.identity)
            self._begin(type(self._connecting)(options, self._connecting._created_at), loop)

    def _is_successor(self):
        return bool(self._former)

    def _own(self, statement):
        """Return the statement as this process has prepared it."""
        if not self._former or not isinstance(statement, PreparedStatement):
            return statement
        if statement.origin not in self._former:
            return statement
        own = self._adopted.get(statement)
        if own is None or own.origin is not self._native._services.executor.identity:
            own = self._adopted[statement] = self.prepare(statement.query, **statement.defaults)
        return own

    def close(self, **options):
        """Close the session. See `aiocql.Session.close`."""
        self._closed = True
        if self._background.is_current:
            self._wait_for(lambda native: native.close(**options))
            self._background.forget(self)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(**({} if kind is None else {"drain_timeout": 0.0}))

    def __del__(self):
        if getattr(self, "_native", None) is None or self._closed or self._native.is_closed:
            return
        self._background.close_soon(self)
        warnings.warn(
            f"a session was never closed: made at {self._connecting._created_at}; use `with`, or call close()",
            ResourceWarning,
            stacklevel=2,
            source=self,
        )


class RateLimitedSession(_Requests):
    """A session whose requests are limited. See `aiocql.Session.rate_limited`."""

    def __init__(self, session, args, kwargs):
        self._session = session
        self._limits = args, kwargs
        self._view = None, None
        self._target()

    @property
    def _background(self):
        return self._session._background

    @property
    def session(self):
        """The session whose requests are limited."""
        return self._session

    def _target(self):
        outer = self._session._target()
        made_for, view = self._view
        if made_for is not outer:
            args, kwargs = self._limits
            view = _answers_in(self._session._limited(outer, args, kwargs))
            self._view = outer, view
        return view

    def _is_successor(self):
        return self._session._is_successor()

    def _own(self, statement):
        return self._session._own(statement)

    @property
    def _native(self):
        return self._target()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._session, name)


class Stream(IteratorFace):
    """The rows of all pages, one page ahead. `pages()` returns an iterator over the pages."""

    def __init__(self, native, loop):
        super().__init__(native, loop)
        self._rows = self._read()

    def _read(self):
        for page in face_of(self._native.pages(), self._background):
            yield from page.rows

    def __iter__(self):
        return self._rows

    def __next__(self):
        return next(self._rows)


register(NativeStream, Stream)
add_methods(Stream, NativeStream)
add_methods(Session, NativeSession)
add_methods(RateLimitedSession, NativeRateLimitedSession)
EventStream = face_class(NativeEventStream)
Pages = face_class(NativePages)


def __getattr__(name):
    """Make the faces of streams of batches when they are first asked for: programs without columns load nothing."""
    if name == "Batches":
        from aiocql.bulk.batches import Batches as native
    elif name == "Scan":
        from aiocql.bulk.scan import Scan as native
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return face_class(native)
