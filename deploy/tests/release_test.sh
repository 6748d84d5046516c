#!/usr/bin/env bash
# Which programs scripts/release.sh takes for ones with the path of the checkout: its own function, in folders of many names. And its
# options give the same object files in two folders, where there is a compiler. Exit codes: 0 each case holds, 1 one does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
readonly here work
trap 'rm -rf "$work"' EXIT
# shellcheck source=/dev/null
source <(grep -E '^(has_paths\(\) |readonly same_bytes=)' "$here/../../scripts/release.sh")

failed=0
# `found yes TEXT` or `found no TEXT`, in this folder.
found() {
  printf '\0%s\0\377' "$2" >"$work/program"
  [[ $(has_paths "$work/program" && echo yes || echo no) == "$1" ]] || { echo "release_test: in $PWD, not $1: $2" && failed=1; }
}
# shellcheck disable=SC2016 # a name with a dollar sign
for name in app 'a.b+c (d) [e] {f} $g ^h *i\j|k?' 'zwölf'; do
  mkdir "$work/$name"
  cd "$work/$name"
  for part in .build/release/a.o Shared/Base/A.swift Services/B.swift; do found yes "$PWD/$part"; done
  for text in "$PWD" "$PWD/" "$PWD/xbuild/a" "$PWD-more/Shared/A.swift" "/elsewhere/$name/Shared/A.swift"; do found no "$text"; done
done
cd "$work"
mkdir a.b axb
cd a.b
found no "$work/axb/Shared/A.swift"
cd "$work/app"
ln -s "$work/app" "$work/link"
cd "$work/link"
found yes "$work/app/Shared/A.swift"

# compiled OPTION ...: the module's object files in two folders, as SwiftPM has a release compiled; whether they are the same bytes.
compiled() {
  local folder
  for folder in "$work/app" "$work/a.b"; do
    printf 'public let text = "one"\n' >"$folder/one.swift"
    printf 'public func two() -> Int { text.count }\n' >"$folder/two.swift"
    printf '{"": {}, "%s/one.swift": {"object": "%s/one.o"}, "%s/two.swift": {"object": "%s/two.o"}}\n' "$folder" "$folder" \
      "$folder" "$folder" >"$folder/map.json"
    swiftc -O -wmo -num-threads 2 -parse-as-library -module-name M -output-file-map "$folder/map.json" "$@" \
      -c "$folder"/{one,two}.swift
  done
  cmp -s "$work"/{app,a.b}/one.o && cmp -s "$work"/{app,a.b}/two.o
}
# shellcheck disable=SC2154 # scripts/release.sh sets the options
if command -v swiftc >/dev/null; then
  compiled "${same_bytes[@]}" || { echo 'release_test: the object files depend on their folder' && failed=1; }
  ! compiled || { echo 'release_test: the compiler needs no options for the same bytes' && failed=1; }
fi
exit "$failed"
