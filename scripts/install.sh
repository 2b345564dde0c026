#!/usr/bin/env bash
# Installs the Debian 12 packages that building, testing and trying mdai-broker needs. Does nothing when all are there.
#   scripts/install.sh build    to build and run
#   scripts/install.sh test     and to test
#   scripts/install.sh bench    to compare with others (bench/README.md); Node.js 20 comes from elsewhere
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config git curl ca-certificates openssl
  libcaf-dev libboost1.81-dev libssl-dev nlohmann-json3-dev librocksdb-dev libtomlplusplus-dev libcli11-dev libspdlog-dev
  prometheus-cpp-dev libcurl4-openssl-dev libqrencode-dev libpng-dev libsystemd-dev zlib1g-dev
  libopencv-core-dev libopencv-imgproc-dev libopencv-objdetect-dev libturbojpeg0-dev libhnswlib-dev opencv-data)
test=(libgtest-dev libgmock-dev libbenchmark-dev libcpp-jwt-dev libzbar-dev python3 python3-websockets python3-cryptography
  python3-jsonschema nginx-light systemd util-linux procps)
bench=(libbenchmark-dev python3 python3-fastapi python3-uvicorn python3-uvloop python3-httptools python3-websockets python3-httpx
  python3-jwt python3-cryptography mosquitto nats-server)

case "${1:-build}" in
build) wanted=("${build[@]}") ;;
test) wanted=("${build[@]}" "${test[@]}") ;;
bench) wanted=("${build[@]}" "${bench[@]}") ;;
*) echo "usage: scripts/install.sh build|test|bench" >&2 && exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "install: these packages are missing and need root: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "install: ${#missing[@]} packages from Debian: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "install: apt-get could not install ${missing[*]}" >&2
  exit 1
fi
