"""A line to the database that can be cut, slowed down, and made to swallow replies."""

from __future__ import annotations

import socket
from enum import StrEnum
from select import select
from threading import Thread
from time import sleep

from tyreloop.local.ports import any_free
from tyreloop.local.program import LOOPBACK


class Mode(StrEnum):
    """What the line does with what it carries."""

    CARRY = "carry"
    BLACKHOLE = "blackhole"  # takes everything, delivers nothing, says nothing
    REFUSE = "refuse"  # hangs up at once
    FORBID = "forbid"  # answers every question of HTTP with 403
    SLOW = "slow"  # a quarter of a second for each piece
    LOSE_REPLIES = "lose_replies"  # delivers the question, then hangs up instead of answering


class Line:
    """Listens on a port of its own and carries each connection to the server."""

    def __init__(self, server_port: int) -> None:
        self.port = any_free()
        self.mode = Mode.CARRY
        self._server_port = server_port
        self._listener = socket.create_server((LOOPBACK, self.port), backlog=128)
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            client, _ = self._listener.accept()
            Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        try:
            with client:
                if self.mode is Mode.REFUSE:
                    return
                if self.mode is Mode.FORBID:
                    client.recv(65536)
                    client.sendall(
                        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                    return
                with socket.create_connection((LOOPBACK, self._server_port), timeout=5) as server:
                    self._carry_both_ways(client, server)
        except OSError:
            return

    def _carry_both_ways(self, client: socket.socket, server: socket.socket) -> None:
        while self.mode not in (Mode.REFUSE, Mode.FORBID):
            readable, _, _ = select([client, server], [], [], 0.1)
            for side in readable if self.mode is not Mode.BLACKHOLE else []:
                if self.mode is Mode.SLOW:
                    sleep(0.25)
                data = side.recv(65536)
                if not data or (side is server and self.mode is Mode.LOSE_REPLIES):
                    return
                (server if side is client else client).sendall(data)
            if self.mode is Mode.BLACKHOLE:
                sleep(0.1)
