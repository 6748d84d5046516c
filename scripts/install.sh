#!/usr/bin/env bash
# Installs the missing packages for a purpose. If nothing is missing, it does nothing.
#
#   install.sh build            the C libraries that the programs link
#   install.sh postgresql       the packages of `build`, and those that the demo's real servers need
#   install.sh mariadb          the packages of `build`, MariaDB and Redis
#   install.sh galera           the packages of `mariadb`, and those of a cluster
#   install.sh valkey           the packages of `postgresql`, and Valkey 8
#   install.sh mysql            the packages of `build`, Redis, and a MySQL 9 in .tools/mysql (63 MB to fetch)
#   install.sh test             the packages of `postgresql`, and the tests' tools and Python packages
#   install.sh contract         the packages of `build`, and the checker of API documents
#   install.sh console          the packages of `postgresql`, and a browser with its driver
#   install.sh deploy           the checkers of manifests, images and compose (no Swift toolchain, no container engine)
#   install.sh bench            the packages of `postgresql`, `galera` and Valkey, the load generators and the peers
#
# For Debian 12 and related systems. Elsewhere it names the packages to install by hand.
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
readonly venv=$checkout/.tools/venv
readonly present_suite=bookworm
readonly newer_suite=trixie
readonly backports_suite=bookworm-backports
readonly mysql_suite=unstable
readonly policy=/usr/sbin/policy-rc.d

readonly build_packages=(libpq-dev libsqlite3-dev libssl-dev libhiredis-dev libmariadb-dev pkg-config git ca-certificates)
readonly server_packages=(redis-server openssl util-linux)
readonly mariadb_packages=(mariadb-server-core mariadb-client-core)
readonly mysql_packages=(mariadb-client-core)
readonly galera_packages=(galera-4 rsync lsof iproute2)
readonly test_packages=(
  curl shellcheck sslscan pgbouncer nodejs openjdk-17-jdk-headless "${mariadb_packages[@]}" "${galera_packages[@]}"
)
readonly console_packages=(chromium fonts-dejavu-core)
readonly bench_packages=(
  wrk sysbench curl gcc libc6-dev nginx-light slowhttptest libldap-dev libsasl2-dev "${mariadb_packages[@]}" "${galera_packages[@]}"
)
# Debian packages pip and venv apart from Python. A Python that already has both needs no package.
python_packages=()
python3 -c 'import ensurepip, pip, venv' 2>/dev/null || python_packages=(python3 python3-pip python3-venv)
readonly python_packages

say() { printf 'install: %s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# Fails early, with the command to run by hand, if the script cannot become root.
check_root() {
  local by_hand="run as root: apt-get install --no-install-recommends ${missing[*]}"
  [[ $(id -u) -ne 0 ]] || return 0
  command -v sudo >/dev/null || fail "this needs root, and sudo is not installed; $by_hand"
  sudo true || fail "this needs root, and sudo refused; $by_hand"
}

installed() { [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Prevents a package from starting its server: the fleet and the tests start their own servers, on their own ports.
forbid_service_starts() {
  [[ ! -e $policy ]] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 0755 "$policy"
  trap 'trap "" INT TERM HUP; as_root rm -f "$policy"' EXIT
}

# Prevents a newly installed server from starting with the machine.
forbid_start_at_boot() {
  local server
  for server in redis-server pgbouncer nginx; do
    if [[ " ${missing[*]} " == *" $server "* ]]; then as_root update-rc.d "$server" disable; fi
  done
}

install_packages() {
  local package
  missing=()
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0
  command -v apt-get >/dev/null || fail "apt-get is not installed; install the equivalents of: ${missing[*]}"
  say "installing ${missing[*]}"
  check_root
  forbid_service_starts
  as_root apt-get update -qq || say "apt-get cannot update the package lists; trying with the present ones"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/dev/null || fail "apt-get cannot install ${missing[*]}"
  forbid_start_at_boot
}

# Installs the packages of a requirements file into the checkout's own environment. A copy of the file records success.
install_python_packages() {
  local purpose=$1 wanted=$checkout/scripts/requirements-$1.txt mark=$venv/requirements-$1.txt
  if cmp -s "$wanted" "$mark"; then return 0; fi
  say "installing Python packages for $purpose into .tools/venv"
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" ||
    fail "pip cannot install the packages of $wanted"
  cp "$wanted" "$mark"
}

# Sets `apt_options` for another suite of the mirror that this machine already uses, and reads its list of packages. No
# package counts as installed there, and the machine's own packages stay as they are. apt-get verifies the signature.
use_suite() {
  local suite=$1 state=$checkout/.tools/apt mirror
  apt_options=(
    -o "Dir::Etc::SourceList=$state/sources.list" -o "Dir::Etc::SourceParts=/dev/null" -o "Dir::State::Lists=$state/lists"
    -o "Dir::State::Status=$state/status" -o "Dir::Cache=$state/cache" -o "Acquire::Languages=none" -o "APT::Sandbox::User="
    -o "Debug::NoLocking=1"
  )
  # Not the mirror of security updates.
  # shellcheck disable=SC2016 # the variable belongs to apt
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -n 1) || true
  [[ -n $mirror ]] || return 1
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" \
    >"$state/sources.list"
  apt-get "${apt_options[@]}" update -qq
}

# Unpacks a program from the packages of another suite into .tools/newer, because Debian 12 lacks it or has an old version.
# It installs nothing. If the download fails, the checks that need the program report that they did not run. A mark shows that
# a package is complete: an interrupted unpacking leaves some of its files.
fetch_from() {
  local suite=$1 package state=$checkout/.tools/apt
  local -r marks=$checkout/.tools/newer/.unpacked/$suite
  shift
  if is_unpacked "$marks" "$@"; then return 0; fi
  say "fetching $* of Debian $suite into .tools/newer"
  use_suite "$suite" || return 1
  mkdir -p "$marks" || return 1
  for package in "$@"; do
    (cd "$state" && rm -f "${package}"_*.deb && apt-get "${apt_options[@]}" download -qq "$package") || return 1
    dpkg -x "$state/$package"_*.deb "$checkout/.tools/newer" || return 1
    : >"$marks/$package" || return 1
  done
}

is_unpacked() {
  local marks=$1 package
  shift
  for package in "$@"; do
    [[ -e $marks/$package ]] || return 1
  done
}

# MySQL with every library that it needs, also the C library: Debian has it in its unstable suite only, so the server runs
# through its own dynamic linker. The folder gets its name when it is complete.
fetch_mysql() {
  local package archives=$checkout/.tools/apt/cache/archives target=$checkout/.tools/mysql new=$checkout/.tools/mysql.new
  mkdir -p "$checkout/.tools"
  exec 8>"$checkout/.tools/.mysql.lock"
  flock 8
  if [[ -x $target/usr/sbin/mysqld ]]; then return 0; fi
  say "fetching MySQL of Debian $mysql_suite into .tools/mysql"
  use_suite "$mysql_suite" || return 1
  rm -rf "$archives" "$new"
  mkdir -p "$archives/partial" "$new/all"
  apt-get "${apt_options[@]}" install -y -qq --download-only --no-install-recommends mysql-server-core >/dev/null || return 1
  for package in "$archives"/*.deb; do dpkg -x "$package" "$new/all" || return 1; done
  mkdir -p "$new/usr/sbin" "$new/usr/share"
  mv "$new/all/usr/sbin/mysqld" "$new/usr/sbin/"
  mv "$new/all/usr/share/mysql" "$new/usr/share/"
  mv "$new/all/usr/lib" "$new/usr/"
  # The closure has Perl, for scripts that nothing here runs.
  rm -rf "$new/all" "$archives" "$new"/usr/lib/*/perl* "$target"
  chmod -R go+rX "$new"
  mv "$new" "$target"
}

# Valkey 8 beside the Redis 7 of Debian 12. The package of the server has a link to a program of the package of tools.
fetch_valkey() {
  if command -v valkey-server >/dev/null; then return 0; fi
  fetch_from "$backports_suite" valkey-tools valkey-server
}

# The scripts that copy the data of one Galera node to another, from the package whose installation starts a server.
fetch_galera_scripts() {
  fetch_from "$present_suite" mariadb-server
}

# JDBC, node-postgres and GORM. Unpacked alone, because their packages demand another JavaScript engine than the one that may
# be installed, and drivers of all databases.
fetch_clients() {
  fetch_from "$present_suite" libpostgresql-jdbc-java node-pg node-xtend node-split2 \
    golang-github-jinzhu-gorm-dev golang-github-jinzhu-inflection-dev golang-github-lib-pq-dev \
    golang-github-go-sql-driver-mysql-dev
}

fetch_deploy_programs() {
  if ! command -v kubectl >/dev/null && ! command -v kustomize >/dev/null; then
    fetch_from "$newer_suite" kubectl || say "cannot fetch kubectl; continuing without it"
  fi
  if ! command -v promtool >/dev/null; then
    # In trixie the package lacks promtool.
    fetch_from bookworm prometheus || say "cannot fetch promtool; continuing without it"
  fi
  if ! docker compose version >/dev/null 2>&1; then
    fetch_from "$newer_suite" docker-compose || say "cannot fetch compose; continuing without it"
  fi
}

check_swift() {
  command -v swift >/dev/null || fail "no Swift toolchain is installed: install Swift 6.3 (swift.org/install)"
}

# apt-get reports an interrupt as a failure: without these traps the script would continue after Ctrl-C.
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
mariadb/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${mariadb_packages[@]}"
  ;;
mysql/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${mysql_packages[@]}"
  fetch_mysql || fail "cannot fetch MySQL of Debian $mysql_suite"
  ;;
galera/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${mariadb_packages[@]}" "${galera_packages[@]}"
  fetch_galera_scripts || fail "cannot fetch the scripts of Debian's mariadb-server, which a Galera cluster needs"
  ;;
valkey/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${python_packages[@]}"
  fetch_valkey || fail "cannot fetch Valkey of Debian $backports_suite: install valkey-server"
  ;;
test/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${python_packages[@]}" "${test_packages[@]}"
  install_python_packages test
  fetch_valkey || say "cannot fetch Valkey; its tests will not run"
  fetch_galera_scripts || fail "cannot fetch the scripts of Debian's mariadb-server, which a Galera cluster needs"
  fetch_clients || fail "cannot fetch JDBC, node-postgres and GORM of Debian $present_suite"
  ;;
contract/1)
  check_swift
  install_packages "${build_packages[@]}" curl "${python_packages[@]}"
  install_python_packages contract
  ;;
console/1)
  check_swift
  install_packages "${build_packages[@]}" "${server_packages[@]}" "${python_packages[@]}" "${console_packages[@]}"
  install_python_packages console
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
  fetch_valkey || say "cannot fetch Valkey; its proof cannot be measured"
  fetch_galera_scripts || say "cannot fetch the scripts of Debian's mariadb-server; Galera cannot be measured"
  ;;
*)
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
  ;;
esac
