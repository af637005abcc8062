"""Sockets and prepared requests: how much the machine and the counterpart can do at all."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from measuring import DATASET, files_of, in_threads, main, measure

DATASETS = "/api/v1/datasets"
DOCUMENTS = f"{DATASETS}/{DATASET}/documents"
HEAD = "{} {} HTTP/1.1\r\nHost: stub\r\nContent-Length: {}\r\n{}\r\n"
FORM = "Content-Type: multipart/form-data; boundary=limit\r\n"
PART = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n'
END = b"\r\n--limit--\r\n"


def connect(url: str) -> socket.socket:
    where = urlsplit(url)
    assert where.hostname
    return socket.create_connection((where.hostname, where.port or 80))


def form(name: str, size: int) -> bytes:
    """All of an upload's request but the file and what follows it."""
    part = PART % name.encode()
    return HEAD.format("POST", DOCUMENTS, len(part) + size + len(END), FORM).encode() + part


def answer(connection: socket.socket) -> None:
    """Reads a whole answer of known length."""
    data = connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    left = int(head.lower().split(b"content-length:")[1].split()[0]) - len(body)
    while left:
        left -= len(connection.recv(left))


def exchange(url: str, requests: list[bytes]) -> None:
    with connect(url) as connection:
        for request in requests:
            connection.sendall(request)
            answer(connection)


def calls(url: str, count: int, workers: int) -> None:
    request = HEAD.format("GET", DATASETS, 0, "").encode()
    with measure(count):
        in_threads(lambda _: exchange(url, [request] * (count // workers)), range(workers), workers)


def uploads(url: str, count: int, size: int, workers: int) -> None:
    request = form("file.txt", size) + b"x" * size + END
    with measure(count):
        in_threads(lambda _: exchange(url, [request] * (count // workers)), range(workers), workers)


def ingest(url: str, folder: str, workers: int) -> None:
    files = files_of(folder)

    def upload(part: int) -> None:
        blobs = ((path.name, path.read_bytes()) for path in files[part::workers])
        exchange(url, [form(name, len(blob)) + blob + END for name, blob in blobs])

    with measure(len(files)):
        in_threads(upload, range(workers), workers)


def large_upload(url: str, path: str, size: int) -> None:
    with connect(url) as connection, open(path, "rb") as file, measure(size):
        connection.sendall(form("large.bin", size))
        sent = 0
        while sent < size:
            sent += os.sendfile(connection.fileno(), file.fileno(), sent, size - sent)
        connection.sendall(END)
        answer(connection)


def large_download(url: str, path: str, size: int) -> None:
    buffer = memoryview(bytearray(1 << 20))
    with connect(url) as connection, open(path, "wb", buffering=0) as file, measure(size):
        connection.sendall(HEAD.format("GET", f"{DOCUMENTS}/{size}", 0, "").encode())
        left = size
        while left > 0:
            got = connection.recv_into(buffer)
            left -= file.write(buffer[:got])


def stream(url: str, kind: str, frames: int) -> None:
    """Takes the bytes and looks for nothing but the end."""
    path = f"/api/v1/chats/{kind}-{frames}/completions"
    with connect(url) as connection, measure(frames):
        connection.sendall(HEAD.format("POST", path, 0, "").encode())
        last = b""
        while not last.endswith(b"0\r\n\r\n"):
            last = connection.recv(1 << 18)


def decode(url: str, count: int, times: int) -> None:
    """Takes the bytes and decodes nothing."""
    with connect(url) as connection, measure(count * times):
        for _ in range(times):
            connection.sendall(HEAD.format("GET", f"{DOCUMENTS}/{count}/chunks", 0, "").encode())
            answer(connection)


main(
    {
        "calls": calls,
        "uploads": uploads,
        "ingest": ingest,
        "large_upload": large_upload,
        "large_download": large_download,
        "stream": stream,
        "decode": decode,
    }
)
