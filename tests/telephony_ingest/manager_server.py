"""An exchange's manager interface on this machine: plays the recorded stream, answers as the exchange stood, can be cut off.

As a program (`python -m … PORT PLACE`) it stands still after that many blocks until it is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys

from tests.telephony_ingest.manager_stream import Exchange, blocks, pairs

SECRET = "a secret of the test"
_MOST_GAP = 0.02


class ManagerServer:
    def __init__(self, place: int = 0) -> None:
        self.exchange, self.place, self.port = Exchange(), 0, 0
        self.asked: list[str] = []
        self.is_deaf = False
        self._clients: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        while self.place < place:
            self.step()

    def step(self) -> str:
        block = blocks()[self.place]
        self.exchange.happened(block)
        self.place += 1
        for client in self._clients:
            if block.startswith("Event: ") and not block.startswith("Event: Shutdown"):
                client.write(block.encode() + b"\r\n\r\n")
        return block

    async def play(self, count: int, speed: float) -> None:
        """So many blocks, at so many times their own pace; nights are shortened."""
        for _ in range(count):
            before = self.exchange.at
            self.step()
            await asyncio.sleep(min(max(self.exchange.at - before, 0) / speed, _MOST_GAP))

    async def open(self, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        for client in self._clients:
            client.transport.abort()
        self._clients.clear()

    def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
        ):
            while True:
                question = pairs((await reader.readuntil(b"\r\n\r\n")).decode())
                self.asked.append(question["Action"])
                if self.is_deaf:
                    continue
                if question["Action"] != "Login":
                    for answer in self.exchange.answer(question):
                        writer.write(answer.encode() + b"\r\n\r\n")
                    continue
                is_right = question["Secret"] == SECRET
                said = "Success" if is_right else "Error"
                writer.write(f"Response: {said}\r\nActionID: {question['ActionID']}\r\n\r\n".encode())  # fmt: skip
                if not is_right:
                    break
                self._clients.append(writer)
        if writer in self._clients:
            self._clients.remove(writer)
        writer.close()


async def _stand(port: int, place: int) -> None:
    server = ManagerServer(place)
    await server.open(port)
    print(server.port, flush=True)
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(_stand(int(sys.argv[1]), int(sys.argv[2])))
