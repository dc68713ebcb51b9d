"""Transports in memory behave as those of sockets: data, both kinds of protocols, back-pressure, ends, resets, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aiocql.testing import FaultProxy, Flip, MemoryLoop, PipeTransport, Reset, connect_pipe, run_virtual


class Recorder(asyncio.Protocol):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.data = b""
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data

    def pause_writing(self) -> None:
        self.seen.append("pause")

    def resume_writing(self) -> None:
        self.seen.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)


class Buffered(asyncio.BufferedProtocol):
    """Takes seven bytes at a time."""

    def __init__(self) -> None:
        self.buffer = bytearray(7)
        self.data = b""

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data += self.buffer[:nbytes]


def test_buffered_protocol_gets_everything() -> None:
    async def main() -> bytes:
        ours, theirs = Recorder(), Buffered()
        transport, _ = connect_pipe(ours, theirs)
        await asyncio.sleep(0)
        transport.write(b"0123456789" * 3)
        transport.write(b"end")
        transport.close()
        assert await ours.lost is None
        return theirs.data

    assert run_virtual(main) == b"0123456789" * 3 + b"end"


def test_writer_that_changes_its_buffer_is_found_out() -> None:
    async def main() -> bytes:
        ours, theirs = Recorder(), Recorder()
        transport, _ = connect_pipe(ours, theirs)
        await asyncio.sleep(0)
        buffer = bytearray(b"first")
        transport.write(buffer)
        buffer[:] = b"other"
        transport.close()
        await theirs.lost
        return theirs.data

    assert run_virtual(main) == b"other"


def test_back_pressure() -> None:
    async def main() -> None:
        ours, theirs = Recorder(), Recorder()
        transport, other = connect_pipe(ours, theirs)
        await asyncio.sleep(0)
        other.pause_reading()
        transport.set_write_buffer_limits(high=100)
        transport.write(bytes(100))
        assert ours.seen == []
        transport.write(b"1")
        assert ours.seen == ["pause"]
        assert transport.get_write_buffer_size() == 101
        other.resume_reading()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert ours.seen == ["pause", "resume"]
        assert len(theirs.data) == 101
        transport.abort()
        assert await ours.lost is None
        assert isinstance(await theirs.lost, ConnectionResetError)

    run_virtual(main)


def test_write_to_a_closed_end_is_reset() -> None:
    class Stays(Recorder):
        def eof_received(self) -> bool:
            return True

    async def main() -> None:
        ours, theirs = Stays(), Recorder()
        transport, other = connect_pipe(ours, theirs)
        await asyncio.sleep(0)
        other.close()
        assert await theirs.lost is None
        transport.write(b"too late")
        assert isinstance(await ours.lost, ConnectionResetError)

    run_virtual(main)


def test_both_ends_close_with_bytes_on_their_way() -> None:
    async def main() -> None:
        ours, theirs = Recorder(), Recorder()
        transport, other = connect_pipe(ours, theirs)
        await asyncio.sleep(0)
        transport.write(b"to them")
        other.write(b"to us")
        transport.close()
        other.close()
        assert (await ours.lost, await theirs.lost) == (None, None)

    run_virtual(main)


def test_latency_takes_virtual_time() -> None:
    async def main() -> float:
        ours, theirs = Recorder(), Recorder()
        transport, _ = connect_pipe(ours, theirs, latency=30.0)
        await asyncio.sleep(0)
        transport.write(b"x")
        transport.close()
        await theirs.lost
        return asyncio.get_running_loop().time()

    assert run_virtual(main) == 30.0


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1000):
            writer.write(data)
    writer.close()


def memory_server(ssl_context: ssl.SSLContext | None = None) -> object:
    def factory() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), echo)

    return asyncio.get_running_loop().create_server(factory, "127.0.0.1", 9042, ssl=ssl_context)


def test_streams_through_a_proxy_in_memory() -> None:
    async def main() -> None:
        server = await memory_server()  # type: ignore[misc]
        async with FaultProxy("127.0.0.1", 9042) as proxy:
            proxy.add(Flip(1), "to_client")
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            assert isinstance(writer.transport, PipeTransport)
            writer.write(b"aaa")
            assert await reader.readexactly(3) == b"a`a"
            proxy.add(Reset(), "to_client")
            with pytest.raises(ConnectionResetError):
                await reader.read()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", 1)
            writer.close()
        server.close()

    run_virtual(main, loop_factory=MemoryLoop)


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's, for a certificate that is made here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "scripted")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(certificate + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=certificate.decode())


def test_tls_in_memory(tmp_path: Path) -> None:
    ours, theirs = contexts(tmp_path)

    async def main() -> None:
        server = await memory_server(ours)  # type: ignore[misc]
        reader, writer = await asyncio.open_connection("127.0.0.1", 9042, ssl=theirs)
        writer.write(b"hidden" * 10_000)
        assert await reader.readexactly(60_000) == b"hidden" * 10_000
        assert writer.get_extra_info("peercert")
        writer.close()
        await writer.wait_closed()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", 9042, ssl=theirs, server_hostname="other")
        server.close()

    run_virtual(main, loop_factory=MemoryLoop)
