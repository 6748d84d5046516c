#!/usr/bin/env bash
# What cluster-secrets.sh and a deployment report of an engine's certificate that ends soon, beside the stub of a cluster.
# Exit codes: 0 each case holds, 1 one does not.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
readonly checkout work python=$checkout/.tools/venv/bin/python
trap 'rm -rf "$work"' EXIT
cd "$checkout"
export KUBECTL="$python -B deploy/tests/stub_cluster.py" STUB_CLUSTER=$work/cluster STUB_RENDERED=$work RELEASE=v1

fail() {
  printf 'certificates_test: %s\n' "$*" >&2
  cat "$work/log" >&2
  exit 1
}

# `ends WORDS CODE COMMAND ...`: the command ends with the code and reports four certificates, one of them with these words.
ends() {
  local code=0
  "${@:3}" >"$work/log" 2>&1 || code=$?
  [[ $code == "$2" ]] || fail "${*:3} ended with $code, not $2"
  grep -qF "$1" "$work/log" || fail "${*:3} does not report: $1"
  [[ $(grep -c '^cluster-secrets: the certificate of .* days$' "$work/log") == 4 ]] || fail "${*:3} reports other than 4 certificates"
}

echo '{"objects": {}, "calls": [], "job": "Complete", "rollout": true}' >"$work/cluster"
scripts/cluster-secrets.sh staging >"$work/log" 2>&1 || fail 'the secrets cannot be made'
cp "$work/cluster" "$work/made"
ends 'postgresql-tls ends in 824 days' 0 scripts/cluster-secrets.sh staging check
openssl req -new -newkey rsa:2048 -nodes -subj /CN=x -keyout "$work/key" -out "$work/request" 2>/dev/null
while read -r object key days check deploy; do
  openssl x509 -req -in "$work/request" -signkey "$work/key" -days "$days" >"$work/certificate" 2>/dev/null
  "$python" - "$work" "$object" "$key" <<'PYTHON'
import base64, json, pathlib, sys
folder, name, key = pathlib.Path(sys.argv[1]), *sys.argv[2:]
state, text = json.loads((folder / "made").read_text()), (folder / "certificate").read_text()
data = state["objects"][name]["data"]
data[key] = base64.b64encode(text.encode()).decode() if name.startswith("Secret/") else text
(folder / "cluster").write_text(json.dumps(state))
PYTHON
  words="ends in $((days > 0 ? days - 1 : 0)) days"
  ends "$words" "$check" scripts/cluster-secrets.sh staging check
  ends "$words" "$deploy" scripts/deploy.sh staging
done <<'CASES'
Secret/postgresql-tls tls.crt 31 0 0
Secret/postgresql-tls tls.crt 29 2 0
Secret/valkey-tls tls.crt 0 2 2
ConfigMap/authority cache.crt 29 2 0
ConfigMap/authority database.crt 0 2 2
CASES

# Of a provider's authorities the last one to end counts.
"$python" - "$work" <<'PYTHON'
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
state = json.loads((folder / "made").read_text())
state["objects"]["ConfigMap/authority"]["data"]["database.crt"] += (folder / "certificate").read_text()
(folder / "cluster").write_text(json.dumps(state))
PYTHON
ends 'authority database.crt ends in 824 days' 0 scripts/cluster-secrets.sh staging check
