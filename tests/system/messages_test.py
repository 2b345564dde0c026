"""Section 3 on the wire: what is relayed and how, what is refused, and that a device never learns who the person is."""
import asyncio
import json
import unittest

from harness import IMAGE, MULTI_SCAN, BrokerCase, closed, receive, send, submit
from wire import PING, PONG, TEXT, Frames, frame

UNKNOWN = {"type": "error", "error": "Unknown message type", "code": 400}
PERSON = "PLT_ann"
STARS = "*" * len(PERSON)


class Pair(BrokerCase):
    async def asyncSetUp(self):
        self.session = self.broker.create()
        self.mobile, self.device = await self.session.pair("RDK_" + self.session.id)

    async def asyncTearDown(self):
        await asyncio.gather(self.mobile.close(), self.device.close())

    async def to_device(self, text):
        """What the device gets for a text of the mobile."""
        await self.mobile.send(text)
        return await asyncio.wait_for(self.device.recv(), 10)

    async def to_mobile(self, text):
        await self.device.send(text)
        return await asyncio.wait_for(self.mobile.recv(), 10)


class Relay(Pair):
    bodies = ("null", "true", "0", "-0", "1e400", "-1E+400", "0.10", "12345678901234567890123456789", "\"\"", "\"\\u0000\"",
              "\"\\ud83d\\ude00 \\/ \\b\\f\"", "\"\U0001f600\"", "[]", "{}", "[1, 2 ,3]", "{\"b\":1,\"a\":2,\"b\":3}", "{\"\":0}",
              "{\"type\":\"auth\"}", "\"x\"", "[[[[[[]]]]]]", "1.0000000000000000000000001", "\"\\u2028\u2028\"", "\"\x7f\"")

    async def test_every_value_comes_out_exactly_as_it_went_in(self):
        for body in self.bodies:
            for text in (f'{{"type":"%s","data":{body}}}', f' {{ "data" : {body} ,\n "type" : "%s" , "more":[{body}] }} ',
                         f'{{"\\u0074ype":"%s","data":{body}}}', f'{{"type":"x","type":"%s","data":{body}}}'):
                self.assertEqual(await self.to_device(text % "to_device"), text % "to_device")
                self.assertEqual(await self.to_mobile(text % "to_mobile"), text % "to_mobile")

    async def test_a_message_without_data_is_relayed_too(self):
        self.assertEqual(await self.to_device('{"type":"to_device"}'), '{"type":"to_device"}')
        self.assertEqual(await self.to_mobile('{"type":"to_\\u006dobile","x":1}'), '{"type":"to_\\u006dobile","x":1}')

    async def test_order_is_kept_and_nothing_doubled(self):
        async def send_all(ws, kind):
            for n in range(150):
                await send(ws, type=kind, data=n)
        async def receive_all(ws):
            return [(await receive(ws))["data"] for _ in range(150)]
        _, _, a, b = await asyncio.gather(send_all(self.mobile, "to_device"), send_all(self.device, "to_mobile"),
                                          receive_all(self.device), receive_all(self.mobile))
        self.assertEqual((a, b), (list(range(150)),) * 2)

    async def test_progress_is_clamped_and_other_fields_pass(self):
        for value, out in (("0", "0"), ("100", "100"), ("55.5", "55.5"), ("-1", "0"), ("-0.001", "0"), ("101", "100"),
                           ("1e3", "100"), ("1e999", "100"), ("-1e999", "0"), ("1e-999", "1e-999"), ("99999999999999999999", "100"),
                           ("100.0000001", "100"), ("5E1", "5E1")):
            text = '{"type":"progress", "step":"PLT_ann","value":%s,"n":[1.10]}'
            self.assertEqual(await self.to_mobile(text % value), text % out)
        for value in ('"50"', "null", "true", "[]", "{}"):
            await self.device.send('{"type":"progress","value":%s}' % value)
            self.assertEqual((await receive(self.device))["code"], 400)
        await self.device.send('{"type":"progress"}')
        self.assertEqual((await receive(self.device))["code"], 400)

    async def test_ping_comes_back_with_all_it_brought_and_pong_is_silent(self):
        for ws in (self.mobile, self.device):
            await ws.send('{"n":12345678901234567890, "type":"ping","x":{"type":"ping"},"e":"\\u00e9"}')
            self.assertEqual(await ws.recv(), '{"n":12345678901234567890, "type":"pong","x":{"type":"ping"},"e":"\\u00e9"}')
            await ws.send('{"type":"pong"}')
            await ws.send('{"type":"ping"}')
            self.assertEqual(await receive(ws), {"type": "pong"})

    async def test_unknown_types_and_the_other_sides_are_refused(self):
        ours = ("", "x", "PING", "ping ", "to_device\u0000", "session_expired", "device_connected", "error", "auth_success",
                "verification_result", "pong\n")
        for ws, foreign in ((self.mobile, ("to_mobile", "progress", "submit_result")), (self.device, ("to_device",))):
            for kind in ours + foreign:
                await send(ws, type=kind, data=1, value=1, image=IMAGE, consecutive_passes=5)
                self.assertEqual(await receive(ws), UNKNOWN, kind)
        await send(self.mobile, type="to_device", data="next")
        self.assertEqual((await receive(self.device))["data"], "next")
        await send(self.device, type="to_mobile", data="next")
        self.assertEqual((await receive(self.mobile))["data"], "next")
        self.assertEqual(self.backend.results(), [])

    async def test_fragments_and_control_frames_in_between_make_one_message(self):
        session = self.broker.create()
        auth = json.dumps({"type": "auth", "bearer_token": session.mobile_token}).encode()
        with Frames(self.broker, "/ws/mobile") as ws:
            ws.send(frame(TEXT, auth[:5], fin=False), frame(PING, b"1"), frame(0, auth[5:9], fin=False), frame(PONG, b"unasked"),
                    frame(0, b"", fin=False), frame(0, auth[9:]))
            self.assertEqual(ws.next(), (PONG, b"1"))
            self.assertEqual(ws.json()["type"], "auth_success")
            text = '{"type":"ping","s":"\u00e9\U0001f600"}'.encode()
            for cut in range(1, len(text)):  # inside characters, too
                ws.send(frame(TEXT, text[:cut], fin=False), frame(0, text[cut:]))
                self.assertEqual(ws.json(), {"type": "pong", "s": "\u00e9\U0001f600"})
            ws.send(*[frame(TEXT if i == 0 else 0, text[i:i + 1], fin=i == len(text) - 1) for i in range(len(text))])
            self.assertEqual(ws.json()["type"], "pong")

    async def test_pings_of_the_client_library_are_answered(self):
        for ws in (self.mobile, self.device):
            await asyncio.wait_for(await ws.ping(b"x" * 125), 10)


class BadMessages(Pair):
    texts = ("", " ", "\n", "hello", "{", "}", "{]", "[]", "[{\"type\":\"ping\"}]", "\"ping\"", "5", "null", "true", "{}",
             "{\"type\":null}", "{\"type\":5}", "{\"type\":[\"ping\"]}", "{\"Type\":\"ping\"}", "{\"type\":\"ping\"}x",
             "{\"type\":\"ping\"}{\"type\":\"ping\"}", "{\"type\":\"ping\",}", "{'type':'ping'}", "{type:\"ping\"}",
             "{\"type\":\"ping\",\"n\":01}", "{\"type\":\"ping\",\"n\":+1}", "{\"type\":\"ping\",\"n\":.5}",
             "{\"type\":\"ping\",\"n\":1.}", "{\"type\":\"ping\",\"n\":NaN}", "{\"type\":\"ping\",\"n\":Infinity}",
             "{\"type\":\"ping\",\"n\":0x10}", "{\"type\":\"ping\",\"s\":\"\t\"}", "{\"type\":\"ping\",\"s\":\"\\x\"}",
             "{\"type\":\"ping\",\"s\":\"\\u12\"}", "{\"type\":\"ping\",\"s\":\"\\ud800\"}", "{\"type\":\"ping\",\"s\":\"\\udc00\"}",
             "{\"type\":\"ping\",\"s\":\"\\ud800\\ud800\"}", "{\"type\":\"ping\"}\0", "\0", "{\"type\":\"ping\" /* x */}",
             "{\"type\":\"ping\",\"s\":\"open", "{\"type\" \"ping\"}", "{\"type\":\"ping\" \"n\":1}", "{\"a\":tru}")

    async def test_each_is_answered_and_the_socket_stays(self):
        for text in self.texts:
            for ws in (self.mobile, self.device):
                await ws.send(text)
                answer = await receive(ws)
                self.assertEqual((answer["type"], answer["code"]), ("error", 400), text)
                self.assertTrue(answer["error"])
                await send(ws, type="ping")
                self.assertEqual((await receive(ws))["type"], "pong", text)
        for ws in (self.mobile, self.device):
            await ws.send(b"{\"type\":\"ping\"}")  # binary
            self.assertEqual((await receive(ws))["code"], 400)

    async def test_nesting_of_128_passes_and_deeper_does_not(self):
        def nested(kind, depth, opening="[", closing="]"):
            return '{"type":"%s","data":%s%s}' % (kind, opening * (depth - 1), closing * (depth - 1))
        for depth, passes in ((127, True), (128, True), (129, False), (1000, False), (100_000, False)):
            text = nested("to_device", depth)
            if passes:
                self.assertEqual(await self.to_device(text), text)
                self.assertEqual(await self.to_mobile(text.replace("device", "mobile")), text.replace("device", "mobile"))
            else:
                for ws, kind in ((self.mobile, "to_device"), (self.device, "to_mobile")):
                    await ws.send(nested(kind, depth))
                    self.assertEqual((await receive(ws))["code"], 400)
        objects = '{"type":"ping","a":' + '{"a":' * 127 + "0" + "}" * 128
        await self.mobile.send(objects)
        self.assertEqual((await receive(self.mobile))["type"], "pong")
        await self.device.send("[" * 2_000_000)
        self.assertEqual((await receive(self.device))["code"], 400)
        await self.device.send('{"type":"to_mobile","data":' + "[" * 2_000_000 + "]" * 2_000_000 + "}")
        self.assertEqual((await receive(self.device))["code"], 400)

    async def test_ten_in_a_row_end_it_and_a_good_one_forgives(self):
        for ws, peer, notice in ((self.mobile, self.device, "mobile_disconnected"),):
            for _ in range(3):
                for _ in range(9):
                    await ws.send("bad")
                    self.assertEqual((await receive(ws))["code"], 400)
                await send(ws, type="pong")
            for i in range(10):
                await ws.send(b"bad" if i % 2 else "bad")
            self.assertEqual([(await receive(ws))["code"] for _ in range(10)], [400] * 10)
            self.assertEqual(await closed(ws), 1008)
            self.assertEqual((await receive(peer))["type"], notice)
        again, greeting = await self.session.mobile()
        self.assertEqual(greeting["type"], "auth_success")
        await again.close()

    async def test_invalid_utf8_closes_1007_at_once(self):
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\xfe"):
            session = self.broker.create()
            with Frames(self.broker, "/ws/mobile?token=" + session.mobile_token) as ws:
                self.assertEqual(ws.json()["type"], "auth_success")
                ws.send(frame(TEXT, b'{"type":"ping","s":"' + bad + b'"}'))
                self.assertEqual(ws.close_code(), 1007, bad)

    async def test_peers_that_are_absent(self):
        await self.device.close()
        self.assertEqual((await receive(self.mobile))["type"], "device_disconnected")
        await send(self.mobile, type="to_device", data=1)
        self.assertEqual(await receive(self.mobile), {"type": "error", "error": "Device not connected", "code": 404})
        self.device, _ = await self.session.device("RDK_" + self.session.id)
        await self.mobile.close()
        got = [await receive(self.device) for _ in range(2)]
        self.assertEqual([g["type"] for g in got], ["mobile_connected", "mobile_disconnected"])
        self.assertTrue(got[1]["message"])
        for message in ({"type": "to_mobile", "data": 1}, {"type": "progress", "value": 5}):
            await send(self.device, **message)
            self.assertEqual(await receive(self.device), {"type": "error", "error": "Mobile not connected", "code": 404})


class Privacy(Pair):
    async def test_keys_go_and_values_are_masked_wherever_they_stand(self):
        for body, out in (
                ('{"platform_id":"PLT_ann"}', "{}"), ('{"platform\\u005fid":1,"a":2}', '{"a":2}'),
                ('{"a":1,"platform_id":{"platform_id":[1,{"b":2}]}}', '{"a":1}'), ('[{"platform_id":1},{"x":[{"platform_id":2}]}]', None),
                ('{"platform_id":1,"platform_id":2,"a":3,"platform_id":4}', '{"a":3}'),
                ('{"\\u0070latform_i\\u0064":0,"Platform_ID":1,"platform_id ":2}', '{"Platform_ID":1,"platform_id ":2}'),
                ('"PLT_ann"', f'"{STARS}"'), ('"xPLT_annPLT_anny"', f'"x{STARS}{STARS}y"'), ('"\\u0050LT\\u005Fann"', f'"{STARS}"'),
                ('{"PLT_ann":"k","xPLT_ann":1}', '{"%s":"k","x%s":1}' % (STARS, STARS)), ('"plt_ann PLT_an"', '"plt_ann PLT_an"'),
                ('"{\\"platform_id\\":\\"PLT_ann\\"}"', '"{\\"platform_id\\":\\"%s\\"}"' % STARS),
                ('"https://a/?id=PLT_ann&x=1"', f'"https://a/?id={STARS}&x=1"')):
            got = json.loads(await self.to_device('{"type":"to_device","data":%s}' % body))
            self.assertEqual(got["data"], json.loads(out) if out else [{}, {"x": [{}]}])
            self.assertNotIn("ann", json.dumps(got).replace("plt_ann PLT_an", ""))
        got = await self.to_device('{"platform_id":"PLT_ann","type":"to_device","n":"PLT_ann","\\u0050LT_ann":1}')
        self.assertEqual(json.loads(got), {"type": "to_device", "n": STARS, STARS: 1})
        self.assertEqual(await self.to_mobile('{"type":"to_mobile","platform_id":"PLT_ann"}'),
                         '{"type":"to_mobile","platform_id":"PLT_ann"}')  # the person's own phone

    async def test_nothing_that_a_device_gets_names_the_person(self):
        await self.device.close()
        seen = []
        session = self.broker.create("ann-of-section-3")
        person, name = "PLT_ann-of-section-3", "ann-of-section-3"
        self.backend.verify = lambda h, _: h.answer(200, {"success": False, "reason": f"{person} is blocked", "platform_id": person,
                                                          "deep": [{"platform_id": person, "s": f"<{person}>", person: person}]})
        mobile, _ = await session.mobile()
        device, greeting = await session.device(person)  # a device that bears the person's name
        seen.append(greeting)
        async def collect():
            async for text in device:
                seen.append(json.loads(text))
        collecting = asyncio.ensure_future(collect())
        await send(device, type="ping", platform_id=person, s=person)
        await send(device, type=person)
        await device.send("{" + person)
        await send(device, type="progress", value=person)
        await send(device, type="auth", bearer_token=session.device_token, device_id=person)
        await submit(device, passes=1, platform_id=person)
        await submit(device, image=person)
        await send(mobile, type="to_device", data={person: person, "platform_id": person})
        while (await receive(mobile))["type"] != "verification_result":
            pass
        newer, _ = await session.mobile()
        self.assertEqual(await closed(mobile), 4000)
        await submit(device)
        while (await receive(newer)).get("final") is not True:
            pass
        await asyncio.wait_for(collecting, 10)
        self.assertEqual(device.close_code, 1000)
        again, greeting = await session.device(person)
        seen += [greeting, await receive(again)]
        self.assertEqual(await closed(again), 1000)
        text = json.dumps(seen)
        self.assertNotIn(name, text + device.close_reason + again.close_reason)
        self.assertNotIn("platform_id", text)
        self.assertEqual(seen[-1]["status"], "failed")
        self.assertLessEqual({"auth_success", "pong", "error", "verification_result", "to_device", "mobile_connected"},
                             {m["type"] for m in seen})

    async def test_other_peoples_names_pass_and_short_ones_only_where_they_are_the_whole_string(self):
        self.assertEqual(json.loads(await self.to_device('{"type":"to_device","data":"PLT_bob"}'))["data"], "PLT_bob")
        def short(handler, _):
            handler.answer(200, {"success": True, "platform_id": "ab12", "user_id": "u"})
        self.backend.validate = short
        mobile, device = await self.broker.create().pair("RDK_short")
        await send(mobile, type="to_device", data=["ab12", "xab12", {"ab12": "ab12 "}])
        self.assertEqual((await receive(device))["data"], ["****", "xab12", {"****": "ab12 "}])
        await mobile.close(), await device.close()
        self.backend.validate = lambda h, _: h.answer(200, {"success": True, "platform_id": "\u00e9\U0001f600\"\\/\u4e2d"})
        mobile, device = await self.broker.create().pair("RDK_short")
        for text in ('"\u00e9\U0001f600\\"\\\\/\u4e2d"', '"\\u00e9\\ud83d\\ude00\\u0022\\u005c\\/\\u4E2D"'):
            await mobile.send('{"type":"to_device","data":%s}' % text)
            self.assertEqual((await receive(device))["data"], "*" * 6)
        await mobile.close(), await device.close()


class Block(BrokerCase):
    settings = {"MDAI_MULTI_SCAN_POLICY": "block"}

    async def test_a_second_kiosk_ends_the_whole_session(self):
        session = self.broker.create()
        mobile, device = await session.pair("RDK_1")
        other, greeting = await session.device("RDK_2")
        self.assertEqual(greeting, {"type": "auth_failed", "error": MULTI_SCAN})
        self.assertEqual(await receive(mobile), {"type": "error", "error": MULTI_SCAN, "code": 4409})
        self.assertEqual([await closed(ws) for ws in (other, mobile, device)], [4409] * 3)
        for join in (session.mobile, lambda: session.device("RDK_1"), lambda: session.device("RDK_2")):
            ws, greeting = await join()
            self.assertEqual((greeting, await closed(ws)), ({"type": "auth_failed", "error": MULTI_SCAN}, 4409))
        self.broker.restart()
        ws, greeting = await session.mobile()
        self.assertEqual((greeting["type"], await closed(ws)), ("auth_failed", 4409))
        ws, greeting = await self.broker.create().device("RDK_1")  # free again
        self.assertEqual(greeting["type"], "auth_success")
        await ws.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
