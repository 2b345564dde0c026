// A relay on ws: /ws/mobile?pair=K and /ws/device?pair=K hear each other. No checks, no JSON.
//   node relay.js PORT
import { WebSocketServer } from "ws";

const port = Number(process.argv[2]);
if (!port) {
  console.error("usage: node relay.js PORT");
  process.exit(2);
}

const pairs = new Map(); // name -> { mobile, device }

const server = new WebSocketServer({ host: "127.0.0.1", port, perMessageDeflate: false, backlog: 4096 });

server.on("connection", (socket, request) => {
  const url = new URL(request.url, "http://localhost");
  const name = url.searchParams.get("pair") ?? "";
  const [mine, theirs] = url.pathname === "/ws/mobile" ? ["mobile", "device"] : ["device", "mobile"];

  const pair = pairs.get(name) ?? {};
  pairs.set(name, pair);
  pair[mine] = socket;

  socket.on("message", (data, isBinary) => pair[theirs]?.send(data, { binary: isBinary }));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    if (pair[mine] === socket) delete pair[mine];
    if (!pair.mobile && !pair.device && pairs.get(name) === pair) pairs.delete(name);
  });
});

server.on("error", (error) => {
  console.error(`relay.js: ${error.message}`);
  process.exit(1);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
