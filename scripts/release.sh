#!/usr/bin/env bash
# Makes a release of the checked-out commit in .bulkhead/release/VERSION: sources, manifests of every environment, the operator's
# tool, inventories, the section of CHANGELOG.md, and the checksums of all. The same commit and toolchain give the same bytes, in
# any folder.
#
#   release.sh                     everything; images too where a Docker engine answers
#   release.sh --without-programs  neither the tool nor images: what needs no toolchain
#
# The version is in one place: ServiceVersion in Shared/Frame/Service/Program/ServiceMain.swift. CHANGELOG.md must have its
# section, and the checkout no change that is not committed. The tool contains Swift's runtime; it needs libpq, libmariadb, hiredis,
# SQLite and OpenSSL 3 of the machine.
# Settings: REGISTRY (the prefix of the images in the manifests, default bulkhead), RELEASE_DIR (default .bulkhead/release).
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"

say() { printf 'release: %s\n' "$*" >&2; }
fail() { say "error: $*" && exit 1; }

version_of() { sed -nE 's/^  package static let current = "(.*)"$/\1/p' Shared/Frame/Service/Program/ServiceMain.swift; }

# The section of the version, or of the changes since the last one.
changes() {
  awk -v wanted="## $1" '/^## / { on = index($0, wanted) == 1; next } on' CHANGELOG.md
}

# A tar archive that depends on the files alone.
sources() { git archive --format=tar --prefix="bulkhead-$version/" HEAD | gzip --no-name --best; }

manifests() {
  local overlay name
  for overlay in deploy/k8s/overlays/*/; do
    name=$(basename "$overlay")
    RELEASE=$version bash -c 'set -euo pipefail; source scripts/cluster.sh; render "$1" "$2"' release.sh "$name" "$version" \
      >"$out/manifests-$name.yaml" || fail "the manifests of $name cannot be rendered"
  done
}

# Whether a file has the path of this folder: that of a source or of what the build made, because a folder's name alone, such as
# /app, is also text of the libraries.
has_paths() { grep -qaE "$(pwd -P | sed 's/[^a-zA-Z0-9/]/[&]/g; s/\[\([\^]\)\]/\\\1/g')/(\.build|Shared|Services)/" "$1"; }

# For incremental builds, the compiler puts a hash into each object file that covers the path of the file (.swift_modhash).
readonly same_bytes=(-Xfrontend -disable-incremental-llvm-codegen)

tool() {
  say "building the tool (release)"
  # The C sources of a package name their own files in assertions: by paths of the checkout, wherever it is.
  swift build --configuration release --static-swift-stdlib --product bulkhead -debug-info-format none \
    -Xcc "-ffile-prefix-map=$(pwd -P)=." "${same_bytes[@]/#/-Xswiftc=}" >&2
  strip --strip-debug -o "$out/bulkhead" "$(swift build --configuration release --show-bin-path)/bulkhead"
  ! has_paths "$out/bulkhead" || fail "the tool contains the path of this checkout"
  sh deploy/images/inventory.sh "$version" Package.resolved swift >"$out/bulkhead.cdx.json"
  [[ $("$out/bulkhead" --version) == *"$version"* ]] || fail "the tool reports another version than $version"
}

images() {
  docker info >/dev/null 2>&1 || { say "no Docker engine answers: no images" && return; }
  say "building the images bulkhead/*:$version"
  BULKHEAD_VERSION=$version BULKHEAD_REVISION=$(git rev-parse HEAD) docker compose build >&2
  local program
  for program in $(sed -nE '/^programs:/,/^[^ #]/ s/^  ([a-z0-9-]+):.*/\1/p' deploy/fleet.yaml) bulkhead; do
    docker run --rm --entrypoint cat "bulkhead/$program:$version" /usr/share/doc/bulkhead/sbom.cdx.json >"$out/$program-image.cdx.json"
  done
}

programs=yes
case $#/${1:-} in
0/) ;;
1/--without-programs) programs=no ;;
*) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2 && exit 64 ;;
esac
version=$(version_of)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "ServiceVersion has no version: '$version'"
[[ -z $(git status --porcelain) ]] || fail "the checkout has changes that are not committed (git status)"
[[ -n $(changes "$version") ]] || fail "CHANGELOG.md has no section '## $version': rename Unreleased"
readonly out=${RELEASE_DIR:-.bulkhead/release}/$version
rm -rf "$out"
mkdir -p "$out"
sources >"$out/bulkhead-$version.tar.gz"
changes "$version" >"$out/CHANGES.md"
manifests
if [[ $programs == yes ]]; then
  tool
  images
fi
(cd "$out" && sha256sum -- * >SHA256SUMS)
say "$version is in $out"
