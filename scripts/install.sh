#!/usr/bin/env bash
# Installs what a purpose needs and this machine does not have yet; where all is there, it does nothing.
#
#   install.sh build            the C libraries the programs link
#   install.sh postgresql       beside that, what the real servers of the demo need
#   install.sh test             beside that, the tools and Python packages the tests check against
#   install.sh deploy           what checks the manifests, the images and compose (no toolchain, no engine)
#   install.sh bench            beside that, the load generator and the peers
#
# For Debian 12 and its kin; elsewhere it says which packages to install by hand.
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
readonly venv=$checkout/.tools/venv
readonly newer_suite=trixie
readonly policy=/usr/sbin/policy-rc.d

readonly build_packages=(libpq-dev libsqlite3-dev libssl-dev libhiredis-dev pkg-config git ca-certificates)
readonly server_packages=(redis-server openssl util-linux)
readonly test_packages=(curl shellcheck)
readonly bench_packages=(wrk curl gcc libc6-dev)
# Debian splits pip and venv off Python; another Python that has both is as good.
python_packages=()
python3 -c 'import ensurepip, pip, venv' 2>/dev/null || python_packages=(python3 python3-pip python3-venv)
readonly python_packages

say() { printf 'install: %s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# Runs as root: as we are, or through sudo.
as_root() {
  if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# Says in time what to do where root is out of reach.
check_root() {
  local by_hand="run as root: apt-get install --no-install-recommends ${missing[*]}"
  [[ $(id -u) -ne 0 ]] || return 0
  command -v sudo >/dev/null || fail "this needs root, and there is no sudo; $by_hand"
  sudo true || fail "this needs root, and sudo refused; $by_hand"
}

installed() { [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# A package that brings a server must not start it: the fleet and the tests start their own, on ports of their own.
forbid_service_starts() {
  [[ ! -e $policy ]] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 0755 "$policy"
  trap 'trap "" INT TERM HUP; as_root rm -f "$policy"' EXIT
}

# Nor may it start with the machine, where it was not there before us.
forbid_start_at_boot() {
  if [[ " ${missing[*]} " == *" redis-server "* ]]; then as_root update-rc.d redis-server disable; fi
}

install_packages() {
  local package
  missing=()
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0
  command -v apt-get >/dev/null || fail "there is no apt-get here; install what corresponds to: ${missing[*]}"
  say "installing ${missing[*]}"
  check_root
  forbid_service_starts
  as_root apt-get update -qq || say "the package lists could not be brought up to date; trying with those at hand"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/dev/null || fail "apt-get could not install ${missing[*]}"
  forbid_start_at_boot
}

# The packages of a requirements file, in an environment of the checkout's own. A copy of the file marks it as done.
install_python_packages() {
  local purpose=$1 wanted=$checkout/scripts/requirements-$1.txt mark=$venv/requirements-$1.txt
  if cmp -s "$wanted" "$mark"; then return 0; fi
  say "installing Python packages for $purpose into .tools/venv"
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" ||
    fail "pip could not install the packages of $wanted"
  cp "$wanted" "$mark"
}

# A program that Debian 12 has too old or not at all, from the package of the next suite, into .tools/newer; nothing is installed.
# Where it cannot be fetched, what needs it says itself that it was not checked.
fetch_newer() {
  local package=$1 state=$checkout/.tools/apt mirror
  local -r options=(
    -o "Dir::Etc::SourceList=$state/sources.list" -o "Dir::Etc::SourceParts=/dev/null" -o "Dir::State::Lists=$state/lists"
    -o "Dir::State::Status=$state/status" -o "Dir::Cache=$state/cache" -o "Acquire::Languages=none" -o "APT::Sandbox::User="
  )
  # The mirror that this machine uses already; security updates have one of their own.
  # shellcheck disable=SC2016 # apt's own variable
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -n 1) || true
  [[ -n $mirror ]] || return 1
  say "fetching $package of Debian $newer_suite into .tools/newer"
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$checkout/.tools/newer"
  : >"$state/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$newer_suite" \
    >"$state/sources.list"
  apt-get "${options[@]}" update -qq || return 1
  (cd "$state" && rm -f "${package}"_*.deb && apt-get "${options[@]}" download -qq "$package") || return 1
  dpkg -x "$state/$package"_*.deb "$checkout/.tools/newer"
}

fetch_deploy_programs() {
  local -r newer=$checkout/.tools/newer/usr
  if ! command -v kubectl >/dev/null && ! command -v kustomize >/dev/null && [[ ! -x $newer/bin/kubectl ]]; then
    fetch_newer kubectl || say "kubectl could not be fetched; go on without"
  fi
  if ! docker compose version >/dev/null 2>&1 && [[ ! -x $newer/libexec/docker/cli-plugins/docker-compose ]]; then
    fetch_newer docker-compose || say "compose could not be fetched; go on without"
  fi
}

check_swift() {
  command -v swift >/dev/null || fail "there is no Swift toolchain here: install Swift 6.3 (swift.org/install)"
}

# apt-get ends an interrupted run like a failed one: without these the script would go on after Ctrl-C.
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

case ${1:-}/$# in
build/1)
  check_swift
  install_packages "${build_packages[@]}"
  ;;
postgresql/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${python_packages[@]}"
  ;;
test/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${python_packages[@]}" "${test_packages[@]}"
  install_python_packages test
  ;;
deploy/1)
  install_packages shellcheck "${python_packages[@]}"
  install_python_packages deploy
  fetch_deploy_programs
  ;;
bench/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${python_packages[@]}" "${bench_packages[@]}"
  install_python_packages bench
  ;;
*)
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
  ;;
esac
