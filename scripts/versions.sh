#!/usr/bin/env bash
# Says which pinned versions are old: the images of deploy/versions.list, the packages of Package.swift and those of
# scripts/requirements-*.txt. It changes nothing.
#
#   versions.sh      `make versions` runs this
#
# A line is `current`, `old` (a newer version of the same first number exists), `major` (only one with another first number, which
# is a decision and no update), or `unknown` (its registry did not answer or does not list the version itself, or the version has no
# number). Without a network every line is `unknown`, with the registry that did not answer.
# Settings: PIP, the command that knows the packages' versions (default: that of .tools/venv, else python3 -m pip).
# Exit codes: 0 nothing is old, 1 something is unknown because of its registry, 2 something is old.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout seconds=20
cd "$checkout"
pip=(python3 -m pip)
[[ ! -x .tools/venv/bin/python ]] || pip=(.tools/venv/bin/python -m pip)
[[ -z ${PIP:-} ]] || read -r -a pip <<<"$PIP"
code=0

# Prints the tags of an image, one a line, as its registry lists them.
tags() {
  local registry=registry-1.docker.io issuer='https://auth.docker.io/token?service=registry.docker.io&' name=$1 token answer page
  case $name in
  *.*/*)
    registry=${name%%/*} name=${name#*/}
    issuer="https://$registry/token?"
    ;;
  */*) ;;
  *) name=library/$name ;;
  esac
  token=$(curl --silent --fail --max-time "$seconds" "${issuer}scope=repository:$name:pull" | sed -nE 's/.*"token": ?"([^"]*)".*/\1/p')
  [[ -n $token ]] || return 1
  # Registries answer in pages. The header Link of a page has the path of the next one: <PATH>; rel="next".
  page="/v2/$name/tags/list?n=1000"
  while [[ -n $page ]]; do
    answer=$(curl --silent --fail --include --suppress-connect-headers --max-time "$seconds" --header "Authorization: Bearer $token" "https://$registry$page" |
      tr -d '\r') || return 1
    sed '1,/^$/d' <<<"$answer" | tr -d '\n' | sed -nE 's/.*"tags": ?\[([^]]*)\].*/\1/p' | tr -d '" ' | tr ',' '\n'
    echo
    page=$(sed -nE '/^$/q; s/^[Ll][Ii][Nn][Kk]: *<([^>]*)>.*rel="?next.*/\1/p' <<<"$answer")
    page=${page#"https://$registry"}
    [[ -z $page || $page == /* ]] || return 1
  done
}

# Compares a version with the others of its form on standard input, and prints the line: `compare WHAT VERSION`.
compare() {
  local what=$1 version=$2 form first line newest newest_line found
  found=$(cat)
  form=$(sed -E 's/[.]/[.]/g; s/[0-9]+/[0-9]+/g' <<<"$version")
  first=$(grep -oE '[0-9]+' <<<"$version" | head -n 1) || true
  if [[ -z $first ]]; then
    printf 'unknown  %s %s has no number: its newest image is taken\n' "$what" "$version"
    return 0
  fi
  # A list without the version itself is not that of this registry, or not whole: it says nothing about newer ones.
  if ! grep -qxF "$version" <<<"$found"; then
    printf 'unknown  %s %s: its registry does not list it\n' "$what" "$version"
    ((code == 2)) || code=1
    return 0
  fi
  newest=$(grep -xE "$form" <<<"$found" | sort --version-sort) || true
  newest_line=$(grep -E "^[^0-9]*$first([^0-9]|$)" <<<"$newest" | tail -n 1) || true
  newest=${newest##*$'\n'}
  line="$what $version"
  if [[ -n $newest_line && $(printf '%s\n' "$version" "$newest_line" | sort --version-sort | tail -n 1) != "$version" ]]; then
    printf 'old      %s: %s%s\n' "$line" "$newest_line" "$([[ $newest == "$newest_line" ]] || printf ' (and %s)' "$newest")"
    code=2
  elif [[ -n $newest && $(printf '%s\n' "$version" "$newest" | sort --version-sort | tail -n 1) != "$version" ]]; then
    printf 'major    %s: %s\n' "$line" "$newest"
  else
    printf 'current  %s\n' "$line"
  fi
}

# Where a registry does not answer, nothing is known: `unanswered WHAT VERSION REGISTRY`.
unanswered() {
  printf 'unknown  %s %s: %s does not answer\n' "$@"
  ((code == 2)) || code=1
}

while read -r _ image version; do
  if found=$(tags "$image"); then
    compare "$image" "$version" <<<"$found"
  else
    unanswered "$image" "$version" "the registry of $image"
  fi
done < <(grep -v '^#' deploy/versions.list)

while read -r url version; do
  if found=$(GIT_TERMINAL_PROMPT=0 timeout "$seconds" git ls-remote --tags --refs "$url" 2>/dev/null); then
    compare "${url##*/}" "$version" < <(sed -n "s,.*refs/tags/,,p" <<<"$found")
  else
    unanswered "${url##*/}" "$version" "$url"
  fi
done < <(sed -nE 's/.*\.package\(url: "([^"]+)", exact: "([^"]+)"\).*/\1 \2/p' Package.swift)

while IFS='=' read -r package _ version; do
  name=${package%%[*}
  if found=$(timeout "$seconds" "${pip[@]}" index versions --disable-pip-version-check "$name" 2>/dev/null); then
    compare "$name" "$version" < <(sed -nE 's/^Available versions: //p' <<<"$found" | tr -d ' ' | tr ',' '\n')
  else
    unanswered "$name" "$version" 'the index of pip'
  fi
done < <(sort -u scripts/requirements-*.txt | grep '==')
exit "$code"
