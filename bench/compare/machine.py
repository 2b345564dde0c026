"""What the figures were measured on."""
import os
import pathlib
import platform
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["g++-12", "libboost1.81-dev", "libssl3", "librocksdb7.8", "libcaf-core0.17", "python3-fastapi", "python3-uvicorn",
            "python3-uvloop", "python3-websockets", "mosquitto", "nats-server"]


def _said(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=20, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _field(file, name):
    found = re.search(rf"^{name}\s*[:=]\s*\"?([^\"\n]*)", pathlib.Path(file).read_text(), re.MULTILINE)
    return found.group(1).strip() if found else ""


def _versions():
    out = {name: _said("dpkg-query", "-W", "-f", "${Version}", name) for name in PACKAGES}
    out["node"] = _said("node", "--version").lstrip("v")
    lock = ROOT / "bench" / "peers" / "node" / "package.json"
    out["ws"] = re.search(r'"ws": "([^"]+)"', lock.read_text()).group(1)
    return {name: version for name, version in out.items() if version}


def describe(directory):
    """`directory`: where journals were written."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name"), "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "kernel": platform.release(), "system": _field("/etc/os-release", "PRETTY_NAME"),
        "virtual": _said("systemd-detect-virt") or "unknown",
        "disk": _said("stat", "-f", "-c", "%T", str(directory)),
        "commit": _said("git", "rev-parse", "--short", "HEAD"), "changed": bool(_said("git", "status", "--porcelain")),
        "versions": _versions(),
    }


def can_run_node():
    return bool(shutil.which("node")) and (ROOT / "bench" / "peers" / "node" / "node_modules" / "ws").is_dir()
