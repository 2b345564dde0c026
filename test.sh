#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. Arguments go to ctest (./test.sh -R filter).
set -euo pipefail
cd "$(dirname "$0")"
trap 'echo "test.sh: failed at line $LINENO: $BASH_COMMAND" >&2' ERR

scripts/install.sh test
[ -d tests/browser/node_modules/playwright-core ] || npm --prefix tests/browser ci --no-audit --no-fund --silent
echo "test.sh: building (the first time takes some minutes)"
mkdir -p build
cmake --preset release -DMDAI_TESTS=ON -DMDAI_BENCH=ON -Wno-dev >build/configure.log 2>&1 || { tail -n 20 build/configure.log >&2; exit 1; }
cmake --build --preset release
echo "test.sh: testing"
ctest --preset release --parallel "$(nproc)" "$@"
