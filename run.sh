#!/usr/bin/env bash
# Builds the broker, starts it with development settings beside a simulated platform, and plays one session through it.
#   ./run.sh          stays up afterwards and says what to try next
#   ./run.sh --once   stops after the session; exit status 0 when it ended with a verified result
# Ports: RUN_PORT (8080), RUN_TLS_PORT (8443), RUN_ADMIN_PORT (9090), RUN_BACKEND_PORT (9100).
set -euo pipefail
cd "$(dirname "$0")"

once=false
case "${1:-}" in
"") ;;
--once) once=true ;;
*) echo "usage: ./run.sh [--once]" >&2 && exit 2 ;;
esac

plain_port=${RUN_PORT:-8080} tls_port=${RUN_TLS_PORT:-8443}
admin_port=${RUN_ADMIN_PORT:-9090} backend_port=${RUN_BACKEND_PORT:-9100}
build=build/release home=var/dev
pids=()

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() {
  echo "run.sh: $*" >&2
  exit 1
}
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap finish EXIT
trap 'exit 130' INT TERM

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# wait_for NAME PID URL LOG: until the URL answers; fails when the process ends first.
wait_for() {
  local tries=0
  until curl -fsSk -o /dev/null --max-time 2 "$3" 2>/dev/null; do
    kill -0 "$2" 2>/dev/null || { tail -n 5 "$4" >&2; fail "$1 did not start (see $4)"; }
    [ $((tries += 1)) -lt 300 ] || fail "$1 does not answer at $3 (see $4)"
    sleep 0.1
  done
}

scripts/install.sh build
say "Building (the first time takes some minutes)"
mkdir -p "$build"
tests=() # a tree that ./test.sh has configured stays as it is
[ -e "$build/CMakeCache.txt" ] || tests=(-DMDAI_TESTS=OFF)
cmake --preset release "${tests[@]}" -Wno-dev >"$build/configure.log" 2>&1 || { tail -n 20 "$build/configure.log" >&2; fail "cmake failed"; }
cmake --build --preset release --target mdai-broker mdai-sim

for port in "$plain_port" "$tls_port" "$admin_port" "$backend_port"; do
  port_is_free "$port" || fail "port $port is in use; choose others with RUN_PORT, RUN_TLS_PORT, RUN_ADMIN_PORT, RUN_BACKEND_PORT"
done

say "Making development settings with fresh secrets in $home"
rm -rf "$home"
mkdir -p "$home"
chmod 700 "$home"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$home/key.pem" -out "$home/cert.pem" 2>"$home/openssl.log" ||
  fail "openssl could not make a certificate (see $home/openssl.log)"
secret() { openssl rand -hex 32; }
qr_key=$(secret) api_key=$(secret) admin_token=$(secret)
(
  umask 077
  cat >"$home/env" <<ENV
MDAI_MODE=development
SERVER_HOST=127.0.0.1
SERVER_PORT=$plain_port
MDAI_TLS_PORT=$tls_port
MDAI_TLS_CERT=$home/cert.pem
MDAI_TLS_KEY=$home/key.pem
MDAI_ADMIN_PORT=$admin_port
DB_PATH=$home/journal
JWT_SECRET=$(secret)
QR_ENCRYPTION_KEY=$qr_key
STORAGE_KEY=$(secret)
DEVICE_MASTER_SECRET=$(secret)
ADMIN_TOKEN=$admin_token
BACKEND_VALIDATE_URL=http://127.0.0.1:$backend_port/validate
BACKEND_API_URL=http://127.0.0.1:$backend_port/verify
BACKEND_API_KEY=$api_key
ENV
)

say "Starting the simulated platform on port $backend_port and the broker on ports $plain_port (http, ws) and $tls_port (https, wss)"
"$build/bench/sim/mdai-sim" backend --port "$backend_port" --api-key "$api_key" >"$home/backend.log" 2>&1 &
pids+=($!)
"$build/actors/mdai-broker" serve --env-file "$home/env" >"$home/broker.log" 2>&1 &
pids+=($!)
wait_for "the simulated platform" "${pids[0]}" "http://127.0.0.1:$backend_port/control" "$home/backend.log"
wait_for "the broker" "${pids[1]}" "https://127.0.0.1:$tls_port/readyz" "$home/broker.log"

say "One session, from phone to kiosk to platform, over TLS"
flow=("$build/bench/sim/mdai-sim" flow --url "https://127.0.0.1:$tls_port" --ca "$home/cert.pem" --token user-ann
  --qr-key "$qr_key" --device-id RDK_001 --backend "http://127.0.0.1:$backend_port")
"${flow[@]}" || fail "the session failed (see $home/broker.log)"
$once && exit 0

cat <<TXT

The broker is up. Things to try in another terminal:
  ${flow[*]}
  curl -s http://127.0.0.1:$plain_port/api/status
  curl -s http://127.0.0.1:$admin_port/metrics
  curl -s -H "Authorization: Bearer $admin_token" http://127.0.0.1:$admin_port/actors
  $build/bench/sim/mdai-sim phone --url http://127.0.0.1:$plain_port --token user-bob
Its log is $home/broker.log, its settings are $home/env. Ctrl-C stops everything.
TXT
wait -n "${pids[@]}" || true
fail "a process ended by itself (see $home/broker.log and $home/backend.log)"
