#!/usr/bin/env bash
# Which programs scripts/release.sh takes for ones with the path of the checkout: its own function, in folders of many names. Exit
# codes: 0 each case holds, 1 one does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
readonly here work
trap 'rm -rf "$work"' EXIT
# shellcheck source=/dev/null
source <(grep '^has_paths() ' "$here/../../scripts/release.sh")

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
exit "$failed"
