#!/usr/bin/env bash
# Builds the broker, the load generator and the peers, runs everything interleaved, and says how the figures stand to the
# targets. bench/README.md tells how to read them.
#   bench/compare.sh            all rows, five rounds: about an hour
#   bench/compare.sh --quick    one short round, to see that all works: a few minutes
#   bench/compare.sh --help     choosing rows, rounds, another broker
# BENCH_BUILD: the build directory (build/release). BENCH_NO_BUILD=1: take what stands there.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BENCH_BUILD:-build/release}
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() {
  echo "compare.sh: $*" >&2
  exit 1
}

case " $* " in *" --help "* | *" -h "*) exec /usr/bin/python3 -B bench/compare/run.py --build "$build" "$@" ;; esac

scripts/install.sh bench
node=bench/peers/node
if command -v npm >/dev/null; then
  [ "$node/node_modules/.package-lock.json" -nt "$node/package-lock.json" ] ||
    npm --prefix "$node" ci --no-audit --no-fund >/dev/null 2>&1 ||
    echo "compare.sh: npm could not fetch ws; that peer stays away" >&2
else
  echo "compare.sh: there is no Node.js with npm (version 20 wanted); that peer stays away" >&2
fi

if [ -z "${BENCH_NO_BUILD:-}" ]; then
  say "Building in $build"
  mkdir -p "$build"
  cmake --preset release -B "$build" -DMDAI_BENCH=ON -Wno-dev >"$build/configure.log" 2>&1 ||
    { tail -n 20 "$build/configure.log" >&2; fail "cmake failed"; }
  cmake --build "$build" --target mdai-broker mdai-sim mdai-load mdai-journal-fill beast-relay bench_group_commit >&2
fi

ulimit -n "$(ulimit -Hn)"
say "Comparing"
exec /usr/bin/python3 -B bench/compare/run.py --build "$build" "$@"
