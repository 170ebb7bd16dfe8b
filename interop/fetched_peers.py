"""What a cell needs of other people and Debian has no package for: fetched or built when first asked for, never kept here."""

import base64
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import tarfile
import tempfile

import libzmq_programs

# name, version, integrity as npm states it
ZEROMQ = ("zeromq", "6.8.0", "sha512-0LBpwZKNn4e6YZRDuHVvzXsSHlCx6nTk2B0O9KWQ2vUe3lau7PYPcmnFpJfOwEUTNcKn39x4GgzVU+dQyIJnNg==")
TWEETNACL = ("tweetnacl", "1.0.3", "sha512-6rt+RN7aOi1nGMyC4Xa5DdYiukl2UWCbcJft7YhxReBGQD7OAM8Pbxw6YMo4r2diNEA8FEmu32YOn9rhaiE5yw==")
# Its addon for glibc 2.25 and later; the newer ones need a libc that Debian 12 has not got.
ADDON = "build/linux/{machine}/node/glibc-127-Release/addon.node"
MACHINES = {"x86_64": "x64", "aarch64": "arm64"}


class Absent(Exception):
    """It cannot be had here; the text says why."""


def output_of(command, **more):
    """What it prints; its complaint is the reason when it fails."""
    try:
        return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more).stdout
    except FileNotFoundError as error:
        raise Absent(f"there is no {error.filename}") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        raise Absent(f"{command[0]} says: {said[0] if said else error.returncode}") from None


def check(archive, integrity):
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != integrity:
        raise RuntimeError(f"{archive.name} is not what was pinned: {found}")


def npm_package(name, version, integrity):
    """The folder of one package as it was published; none of its scripts is run."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "zither/npm"
    folder = cache / f"{name}-{version}" / "node_modules" / name
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        output_of(["npm", "pack", f"{name}@{version}", "--loglevel=error", "--fetch-retries=0", f"--pack-destination={scratch}"], cwd=scratch)
        (archive,) = pathlib.Path(scratch).glob("*.tgz")
        check(archive, integrity)
        with tarfile.open(archive) as opened:
            opened.extractall(scratch)
        pathlib.Path(scratch, "package").rename(folder)
    return folder


def libzmq_435(build):
    """The addon of npm's zeromq is a whole libzmq with its draft API; beside it, what Node would bring when it loads one."""
    machine = MACHINES.get(platform.machine())
    if not machine:
        raise Absent(f"npm's zeromq has no addon for {platform.machine()}")
    folder = build / "interop/libzmq-4.3.5"
    if (folder / "libzmq.so.5").exists():
        return folder
    addon = npm_package(*ZEROMQ) / ADDON.format(machine=machine)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [line.split()[-1] for line in output_of(["nm", "-D", "--undefined-only", addon]).splitlines()]
    source = "".join(f"void {name}(void) {{ __builtin_trap(); }}\n" for name in missing if name.startswith(("napi_", "uv_")))
    shutil.copy(addon, folder / "addon.node")
    output_of(["cc", "-shared", "-fPIC", "-x", "c", "-", "-x", "none", "-Wl,--no-as-needed", "addon.node", "-Wl,-rpath,$ORIGIN",
               "-Wl,-soname,libzmq.so.5", "-o", "libzmq.so.5"], cwd=folder, input=source)
    return folder


def libzmq_drafts(_build):
    """The same that `libzmq_suite --drafts --control` runs on."""
    try:
        return libzmq_programs.build_draft_library(libzmq_programs.fetch(), os.cpu_count())
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise Absent(f"libzmq's source package: {said[-1]}") from None


def tweetnacl():
    """A folder in which Node finds it."""
    output_of(["node", "--version"])
    return npm_package(*TWEETNACL).parent


# By family of cells: a libzmq for the library path, or a package for Node.
LIBRARIES = {"libzmq-4.3.5": libzmq_435, "control-libzmq-4.3.5": libzmq_435, "libzmq-drafts": libzmq_drafts,
             "control-libzmq-drafts": libzmq_drafts, "control-drafts-raw": libzmq_drafts}
PACKAGES = {"tweetnacl": tweetnacl, "control-tweetnacl": tweetnacl}
