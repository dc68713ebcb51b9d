"""Two network namespaces with a cable between them that can be cut without either end being told.

Run as a program: ``python namespaces.py both|requests|answers``. One process is the client, in a namespace of its own;
its child is a scripted server in another. Cutting ``both`` takes the server's end of the cable down. To cut what goes
one way alone, ``requests`` or ``answers``, who sends is told a wrong hardware address for the other end, which then
throws away what is not for it. Neither side's TCP hears of it: packets just vanish.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.connection import Pipe as connect_pipe
from typing import Literal

from pyroute2 import IPRoute

import aiocql
from aiocql import EventKind
from aiocql.testing import ScriptedServer

NEW_USER, NEW_NET = 0x10000000, 0x40000000
CLIENT, SERVER, BITS, PORT = "10.7.0.1", "10.7.0.2", 24, 9042
NOBODY = "02:00:00:00:00:ff"
QUERY = "SELECT v FROM t WHERE k = ?"

INTERVAL, TIMEOUT, RECONNECT, CONNECT, REQUEST = 1.0, 1.0, 0.5, 2.0, 3.0
"""What the session is told, in seconds: heartbeats, reconnection, connect_timeout, the timeout of requests."""
SLACK = 3.0
"""Seconds for all else: the loop was blocked while the cable was cut, so that the first heartbeat is late."""

Cut = Literal["both", "requests", "answers"]


def isolate(flags: int) -> None:
    """Moves this process to namespaces of its own."""
    uid, gid = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"unshare: {os.strerror(number)} (user namespaces must be allowed)")
    if flags & NEW_USER:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def link(ip: IPRoute, name: str) -> int:
    return int(ip.link_lookup(ifname=name)[0])


def plug(name: str, address: str) -> None:
    """This end of the cable gets its address."""
    with IPRoute() as ip:
        ip.link("set", index=link(ip, "lo"), state="up")
        ip.addr("add", index=link(ip, name), address=address, prefixlen=BITS)
        ip.link("set", index=link(ip, name), state="up")


def cut(what: Cut, whole: bool) -> None:
    """On the client's side for requests, on the server's for all else: packets vanish, or no longer."""
    with IPRoute() as ip:
        match what:
            case "both":
                ip.link("set", index=link(ip, "server"), state="up" if whole else "down")
            case "requests":
                misdirect(ip, "client", SERVER, whole)
            case "answers":
                misdirect(ip, "server", CLIENT, whole)


def misdirect(ip: IPRoute, name: str, address: str, whole: bool) -> None:
    """What this end sends to `address` goes to no machine, or to whom it is for."""
    entry = {"dst": address, "ifindex": link(ip, name)}
    if whole:
        ip.neigh("del", **entry)
    else:
        ip.neigh("replace", lladdr=NOBODY, state="permanent", **entry)


def apart(what: Cut, order: str) -> None:
    """`cut` in a process of its own: netlink has a loop of its own, and none runs inside another."""
    subprocess.run([sys.executable, __file__, what, order], check=True)


def server(pipe: Connection, what: Cut) -> None:
    """The child: a scripted server that is told when to cut the cable."""
    isolate(NEW_NET)
    pipe.send("isolated")
    pipe.recv()
    plug("server", SERVER)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        async with ScriptedServer(SERVER, PORT) as node:
            node.prime(
                QUERY,
                bind=[("k", "int")],
                columns=[("v", "int")],
                rows=lambda request: [(request.bound["k"],)],
            )

            def told() -> None:
                order = pipe.recv()
                if order == "end":
                    over.set()
                else:
                    apart(what, order)
                pipe.send("done")

            loop.add_reader(pipe.fileno(), told)
            pipe.send("ready")
            await over.wait()
            loop.remove_reader(pipe.fileno())

    asyncio.run(main())


async def within(seconds: float, what: str, condition: Callable[[], bool]) -> None:
    """Waits for a condition as long as timers of so many seconds take; on a busy machine both take longer."""
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what}")


async def client(order: Callable[[str], None]) -> None:
    """What the driver does about it, and in what time."""
    async with aiocql.connect(
        SERVER,
        port=PORT,
        heartbeat_interval=INTERVAL,
        heartbeat_timeout=TIMEOUT,
        connect_timeout=CONNECT,
        reconnection=aiocql.ConstantReconnectionPolicy(RECONNECT),
    ) as session:
        lost: list[object] = []
        session.listen(lambda event: lost.append(event.error) if event.kind is EventKind.HOST_DOWN else None)
        assert (await session.execute(QUERY, [1])).one() == (1,)
        order("cut")
        pending = [asyncio.create_task(session.execute(QUERY, [k], timeout=REQUEST)) for k in range(200)]
        await within(INTERVAL + TIMEOUT + SLACK, "the host is down", lambda: not session.hosts[0].is_up)
        assert [type(error) for error in lost] == [aiocql.HeartbeatFailed]
        await within(REQUEST + SLACK, "all requests ended", lambda: all(task.done() for task in pending))
        outcomes = await asyncio.gather(*pending, return_exceptions=True)
        assert all(isinstance(outcome, aiocql.Error) for outcome in outcomes), outcomes
        order("heal")
        # A try that began before the healing may have to end first.
        await within(CONNECT + RECONNECT + SLACK, "the host is up", lambda: session.hosts[0].is_up)
        assert (await session.execute(QUERY, [2])).one() == (2,)
        assert session.stats().in_flight <= 1  # a heartbeat, perhaps


def main(what: Cut) -> None:
    isolate(NEW_USER | NEW_NET)
    ours, theirs = connect_pipe()
    child = os.fork()
    if child == 0:
        server(theirs, what)
        os._exit(0)
    try:
        ours.recv()
        with IPRoute() as ip:
            ip.link("add", ifname="client", kind="veth", peer={"ifname": "server", "net_ns_pid": child})
        plug("client", CLIENT)
        ours.send("plugged")
        assert ours.recv() == "ready"

        def order(text: str) -> None:
            if what == "requests" and text != "end":
                apart(what, text)
                return
            ours.send(text)
            assert ours.recv() == "done"

        asyncio.run(client(order))
        order("end")
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    print("held")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["both" | "requests" | "answers" as what]:
            main(what)  # type: ignore[arg-type]
        case ["both" | "requests" | "answers" as what, "cut" | "heal" as order]:
            cut(what, order == "heal")  # type: ignore[arg-type]
