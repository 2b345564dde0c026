"""Sizes, rates, slow readers and dead peers."""
import asyncio
import contextlib
import json
import socket
import unittest

import websockets

from harness import IMAGE, BrokerCase, closed, receive, send, submit
from operations import eventually
from wire import CLOSE, PING, PONG, TEXT, Frames, frame

MiB = 1 << 20


def sized(kind, total):
    """A message of exactly `total` bytes."""
    empty = len('{"type":"%s","data":""}' % kind)
    return '{"type":"%s","data":"%s"}' % (kind, "x" * (total - empty))


class Sizes(BrokerCase):
    async def test_messages_at_the_limit_pass_and_one_byte_more_closes_1009(self):
        session = self.broker.create()
        mobile, device = await session.pair("RDK_1")
        await mobile.send(sized("to_device", MiB))
        self.assertEqual(len(await device.recv()), MiB)
        for total in (7 * MiB, 8 * MiB):
            await device.send(sized("to_mobile", total))
            self.assertEqual(len(await asyncio.wait_for(mobile.recv(), 10)), total)
        await mobile.send(sized("to_device", MiB + 1))
        self.assertEqual(await closed(mobile), 1009)
        self.assertEqual((await receive(device))["type"], "mobile_disconnected")
        with contextlib.suppress(websockets.ConnectionClosed):  # it may hear of the end while it still sends
            await device.send(sized("to_mobile", 8 * MiB + 1))
        self.assertEqual(await closed(device), 1009)
        for path, token in (("mobile", session.mobile_token), ("device", session.device_token)):
            ws = await self.broker.connect(f"/ws/{path}?token={token}&device_id=RDK_1")
            self.assertEqual((await receive(ws))["type"], "auth_success")
            with contextlib.suppress(websockets.ConnectionClosed):
                await ws.send("x" * (10 * MiB))
            self.assertEqual(await closed(ws), 1009)

    async def test_large_messages_in_a_row_reach_a_mobile_that_reads(self):
        mobile, device = await self.broker.create().pair("RDK_2")
        async def read():
            return [len(await mobile.recv()) for _ in range(2)]
        sizes, _, _ = await asyncio.gather(read(), device.send(sized("to_mobile", 7 * MiB)), device.send(sized("to_mobile", 6 * MiB)))
        self.assertEqual(sizes, [7 * MiB, 6 * MiB])
        await mobile.close(), await device.close()

    async def test_fragments_count_together(self):
        session = self.broker.create()
        with Frames(self.broker, "/ws/mobile?token=" + session.mobile_token) as ws:
            self.assertEqual(ws.json()["type"], "auth_success")
            text = sized("ping", MiB).encode()
            for i in range(0, MiB, 65536):
                ws.send(frame(TEXT if i == 0 else 0, text[i:i + 65536], fin=i + 65536 == MiB))
            self.assertEqual(ws.json()["type"], "pong")
            ws.send(frame(TEXT, text[:-1], fin=False), frame(0, b"xx"))
            self.assertEqual(ws.close_code(), 1009)

    async def test_a_big_image_is_a_result_like_others_and_goes_over_tls_too(self):
        for tls in (False, True):
            mobile, device = await self.broker.create().pair("RDK_3", tls=tls)
            image = IMAGE[:4] * (7 * MiB // 4)
            await submit(device, image="data:image/jpeg;base64," + image)
            self.assertEqual((await receive(mobile))["status"], "success")
            self.assertEqual(self.backend.results()[-1][1]["image_base64"], image)
            self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])

    def test_a_length_without_its_bytes_is_refused_from_its_header_alone(self):
        session = self.broker.create()
        for declared in (MiB + 1, 1 << 40, (1 << 63) - 1):
            with Frames(self.broker, "/ws/mobile?token=" + session.mobile_token) as ws:
                self.assertEqual(ws.json()["type"], "auth_success")
                ws.send(b"\x81\xff" + declared.to_bytes(8, "big") + b"\0\0\0\0x")
                self.assertEqual(ws.close_code(), 1009, declared)


class Rates(BrokerCase):
    settings = {"MDAI_LIMITS_MESSAGES_PER_SECOND": "10", "MDAI_LIMITS_MESSAGE_BURST": "20"}

    def flood(self, path, payloads):
        """(answers, close code) of a client that sends all at once."""
        with Frames(self.broker, path) as ws:
            assert ws.json()["type"] == "auth_success"
            with contextlib.suppress(ConnectionError):
                ws.send(*payloads)
            answers = []
            while True:
                opcode, payload = ws.next()
                if opcode == CLOSE:
                    return answers, int.from_bytes(payload[:2], "big")
                answers.append(json.loads(payload))

    def test_too_many_messages_are_told_then_closed(self):
        session = self.broker.create()
        paths = ("/ws/mobile?token=" + session.mobile_token, f"/ws/device?device_id=RDK_1&token={session.device_token}")
        for path in paths:
            answers, code = self.flood(path, [frame(TEXT, '{"type":"ping"}')] * 200)
            self.assertEqual(code, 4429)
            self.assertEqual([a["type"] for a in answers[:20]], ["pong"] * 20)
            self.assertLess(sum(a["type"] == "pong" for a in answers), 40)
            refused = [a for a in answers if a["type"] == "error"]
            self.assertGreaterEqual(len(refused), 1)
            self.assertTrue(all(a["code"] == 429 and a["error"] for a in refused))

    async def test_a_slower_client_goes_on(self):
        session = self.broker.create()
        mobile, _ = await session.mobile()
        for n in range(25):
            await send(mobile, type="ping", n=n)
        answers = [await receive(mobile) for _ in range(25)]
        self.assertEqual([a.get("n") for a in answers[:20]], list(range(20)))
        self.assertIn(429, [a.get("code") for a in answers])
        await mobile.close()
        mobile, _ = await session.mobile()  # each connection has its own count
        for n in range(20):
            await send(mobile, type="ping", n=n)
            self.assertEqual(await receive(mobile), {"type": "pong", "n": n})
        await mobile.close()


class SlowReaders(BrokerCase):
    settings = {"MDAI_LIMITS_SEND_QUEUE_BYTES": "1MiB"}

    async def test_one_is_closed_1013_and_its_peer_is_told(self):
        session = self.broker.create()
        device, _ = await session.device("RDK_1")
        slow = Frames(self.broker, "/ws/mobile?token=" + session.mobile_token)
        self.assertEqual(slow.json()["type"], "auth_success")
        self.assertEqual((await receive(device))["type"], "mobile_connected")
        told = None
        while told is None:
            await device.send(sized("to_mobile", MiB // 2))
            with contextlib.suppress(asyncio.TimeoutError):
                told = json.loads(await asyncio.wait_for(device.recv(), 0.005))
        self.assertEqual(told["type"], "mobile_disconnected")
        await send(device, type="to_mobile", data=1)
        answer = await receive(device)
        while answer != {"type": "error", "error": "Mobile not connected", "code": 404}:
            self.assertEqual(answer["code"], 404)
            answer = await receive(device)
        self.assertIn(slow.close_code(), (1013, 1006))
        slow.socket.close()
        eventually(lambda: "mdai_slow_consumers_total 1" in self.broker.admin("/metrics")[2].decode(), "it is counted")
        mobile, greeting = await session.mobile()
        self.assertEqual(greeting["type"], "auth_success")
        await mobile.close(), await device.close()


class DeadPeers(BrokerCase):
    settings = {"MDAI_LIMITS_PING_INTERVAL": "200ms", "MDAI_LIMITS_SILENCE_LIMIT": "700ms"}

    async def test_a_peer_that_vanishes_without_a_word_is_missed(self):
        session = self.broker.create()
        mobile, _ = await session.mobile()
        half_open = Frames(self.broker, f"/ws/device?device_id=RDK_1&token={session.device_token}")
        self.assertEqual(half_open.json()["type"], "auth_success")
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        self.assertEqual((await receive(mobile))["type"], "device_disconnected")  # it never answers a ping
        half_open.socket.close()
        device, greeting = await session.device("RDK_1")
        self.assertEqual(greeting["type"], "auth_success")
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        device.transport.abort()
        self.assertEqual((await receive(mobile))["type"], "device_disconnected")
        reset = Frames(self.broker, f"/ws/device?device_id=RDK_1&token={session.device_token}")
        self.assertEqual(reset.json()["type"], "auth_success")
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        reset.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        reset.socket.close()
        self.assertEqual((await receive(mobile))["type"], "device_disconnected")
        await mobile.close()

    async def test_a_peer_that_only_answers_pings_lives(self):
        session = self.broker.create()
        with Frames(self.broker, "/ws/mobile?token=" + session.mobile_token) as ws:
            self.assertEqual(ws.json()["type"], "auth_success")
            for _ in range(6):  # well past the silence limit
                opcode, payload = ws.next()
                self.assertEqual(opcode, PING)
                ws.send(frame(PONG, payload))
            ws.say(type="ping")
            self.assertEqual(ws.json(), {"type": "pong"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
