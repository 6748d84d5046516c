#!/usr/bin/env bash
# Causes each alert of deploy/k8s/components/alerts, and waits until Prometheus reports it as firing. It runs the fleet on a
# PostgreSQL and a Redis of its own, and a Prometheus that reads every service.
#
#   alerts.sh        `make alerts` runs this, after a build
#
# Three it does not cause: messages that fail, lines of a log that are lost, and deliveries that wait for ten minutes.
# The waiting times of the rules (`for`) and their ranges are shortened to seconds; the expressions are the component's.
# Five alerts are about a cluster's objects, which kube-state-metrics counts. Here a file stands in for it, with the names and
# labels of its documentation; a difference of rights is a real one, which `bulkhead access verify` finds.
# Exit codes: 0 each fired, 1 error, 2 one did not fire.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout first_port=${FIRST_PORT:-18281} seconds=90
cd "$checkout"
PATH=$PATH:$checkout/.tools/newer/usr/bin
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

say() { printf 'alerts: %s\n' "$*" >&2; }
fail() { say "error: $*" && exit 1; }

for program in prometheus promtool curl; do
  command -v "$program" >/dev/null || fail "$program is not installed: scripts/install.sh deploy"
done
bulkhead=$(swift build --show-bin-path)/bulkhead
[[ -x $bulkhead ]] || fail "the programs are not built: make build"
start_real_servers "$checkout/.bulkhead/alerts"
readonly work=$real_servers/work prometheus_port=$((first_port + 20))
mkdir -p "$work"
pids=()
# shellcheck disable=SC2317 # the trap calls it
end() {
  trap '' INT TERM HUP
  ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
  stop_real_servers
}
trap end EXIT

# The component's rules with short times, and a target for each service on its port of this run.
.tools/venv/bin/python - "$work" "$first_port" "$prometheus_port" <<'PYTHON'
import pathlib, re, sys, yaml
folder, first, own = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
spec = yaml.safe_load(pathlib.Path("deploy/k8s/components/alerts/rules.yaml").read_text())["spec"]
for rule in spec["groups"][0]["rules"]:
    rule["for"], rule["expr"] = "1s", re.sub(r"\[\d+m\]", "[10s]", rule["expr"])
    rule["expr"] = re.sub(r"(_timestamp_seconds\{[^}]*\}\s*)> \d+", r"\1> 10", rule["expr"])
spec["groups"][0]["interval"] = "1s"
(folder / "rules.yaml").write_text(yaml.safe_dump(spec))
services = yaml.safe_load(pathlib.Path("deploy/fleet.yaml").read_text())["services"]
distance = first - next(iter(services.values()))["port"]
targets = [{"targets": [f"127.0.0.1:{s['port'] + distance}"], "labels": {"service": n}} for n, s in services.items()]
targets.append({"targets": [f"127.0.0.1:{first + 22}"], "labels": {"service": "with-tls"}})
(folder / "prometheus.yaml").write_text(yaml.safe_dump({
    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
    "rule_files": [str(folder / "rules.yaml")],
    "scrape_configs": [
        {"job_name": "bulkhead", "static_configs": targets},
        {"job_name": "kube-state-metrics", "metrics_path": "/metrics.txt",
         "static_configs": [{"targets": [f"127.0.0.1:{first + 23}"]}]}]}))
PYTHON

# One more process of analytics, with HTTPS and a certificate of one day. Its probes and measurements have a port without TLS.
start_with_tls() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -keyout "$work/tls.key" \
    -out "$work/tls.crt" 2>/dev/null
  local file
  file=$("$bulkhead" render env --first-port "$first_port" | sed -n 's/^written \(.*\/analytics[.]env\)$/\1/p')
  [[ -f $file ]] || fail "bulkhead render env wrote no environment of analytics"
  set -a
  # shellcheck source=/dev/null
  source "$file"
  set +a
  DB_POOL_SIZE=1 HTTP_PORT=$((first_port + 21)) PROBE_PORT=$((first_port + 22)) HTTP_TLS_CERT_FILE=$work/tls.crt HTTP_TLS_KEY_FILE=$work/tls.key \
    exec "$(dirname "$bulkhead")/analytics" >"$work/with-tls" 2>&1
}

# Says what kube-state-metrics would of a cluster in order, but for what the caller's variables say.
cluster() {
  local -r of='namespace="bulkhead-staging"' now=$(date +%s)
  cat >"$work/cluster/new" <<METRICS
kube_deployment_spec_replicas{$of,deployment="connector"} 2
kube_deployment_status_replicas_ready{$of,deployment="connector"} ${ready:-2}
kube_cronjob_created{$of,cronjob="access-verify"} $((now - 30 * 86400))
kube_cronjob_status_last_successful_time{$of,cronjob="access-verify"} $((now - ${verified_days_ago:-0} * 86400))
kube_cronjob_created{$of,cronjob="backup"} $((now - ${backup_created_days_ago:-1} * 86400))
kube_job_failed{$of,job_name="access-verify-1",condition="true"} ${verify_failed:-0}
kube_job_failed{$of,job_name="migrate-next",condition="true"} ${migration_failed:-0}
METRICS
  mv "$work/cluster/new" "$work/cluster/metrics.txt"
}

# Each query of Grafana's dashboard has an answer, beside those that count what has not happened yet.
ask_dashboard() {
  local query answer
  local -a queries
  query=$(.tools/venv/bin/python -c 'import json
for panel in json.load(open("deploy/compose/grafana/fleet.json"))["panels"]:
    for target in panel["targets"]:
        print(target["expr"])') || fail "the dashboard's queries cannot be read"
  mapfile -t queries < <(grep . <<<"$query")
  ((${#queries[@]} > 0)) || fail "the dashboard has no query"
  for query in "${queries[@]}"; do
    answer=$(promtool query instant "http://127.0.0.1:$prometheus_port" "$query") || fail "the dashboard asks what fails: $query"
    [[ -n $answer || $query == *'status=~'* || $query == *'code!='* ]] || fail "the dashboard asks what has no answer: $query"
  done
  say "the ${#queries[@]} queries of the dashboard have answers"
}

sql() {
  PGPASSWORD=$(<"$POSTGRES_PASSWORD_FILE") "$POSTGRES_PSQL" --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --host="$POSTGRES_HOST" \
    --port="$POSTGRES_PORT" --username="$POSTGRES_SUPERUSER" --dbname=app_db --command="$1"
}
stop_server() { "$servers" stop "$real_servers/$1" >&2 && rm -rf "${real_servers:?}/$1"; }
request() { curl --silent --output /dev/null --max-time 5 "$@" || true; }

# Prints the token of a new user.
sign_up() {
  local path
  for path in users sessions; do
    curl --silent --header 'Content-Type: application/json' "http://127.0.0.1:$first_port/v1/$path" \
      --data '{"email":"alerts@example.org","password":"a password of no worth"}'
  done | sed -nE 's/.*"token":"([^"]+)".*/\1/p'
}

# Requests to backend-api that use the database, until their process is killed.
keep_asking() {
  while true; do
    request --header "Authorization: Bearer $token" "http://127.0.0.1:$first_port/v1/settings"
    sleep 0.05
  done
}

fires() {
  promtool query instant "http://127.0.0.1:$prometheus_port" "ALERTS{alertname=\"$1\",alertstate=\"firing\"}" 2>/dev/null |
    grep -q alertname
}

failed=0
# Waits until an alert fires. Nothing else may have caused it before.
expect() {
  local deadline=$((SECONDS + seconds))
  until fires "$1"; do
    if ((SECONDS >= deadline)); then
      printf 'NOT FIRED  %s\n' "$1"
      failed=2
      return
    fi
    sleep 1
  done
  printf 'fired      %s\n' "$1"
}
quiet() { ! fires "$1" || fail "$1 fires before anything caused it"; }

bootstrap_fleet "$bulkhead" FIRST_PORT >"$work/bootstrap"
DB_POOL_SIZE=1 ROLLUP_INTERVAL=2 "$bulkhead" up --first-port "$first_port" >"$work/up" 2>&1 &
readonly up=$!
pids+=("$up")
wait_for_fleet "$up" "$work/up"
token=$(sign_up)
[[ -n $token ]] || fail "no token for a new user"
readonly token
mkdir "$work/cluster"
cluster
.tools/venv/bin/python -m http.server $((first_port + 23)) --bind 127.0.0.1 --directory "$work/cluster" >"$work/cluster.log" 2>&1 &
pids+=("$!")
prometheus --config.file="$work/prometheus.yaml" --storage.tsdb.path="$work/data" --log.level=error \
  --web.listen-address="127.0.0.1:$prometheus_port" 2>"$work/prometheus.log" &
pids+=("$!")
keep_asking &
pids+=("$!")
start_with_tls &
readonly with_tls=$!
pids+=("$with_tls")
wait_for "$with_tls" "$work/with-tls" \
  curl --silent --fail --max-time 5 --output "$work/livez" "http://127.0.0.1:$((first_port + 22))/livez"
sleep 15
for alert in ServiceDown ErrorRatio PoolWaiting StatementDenied CacheUnavailable ConsumerLag EventsSetAside RequestsShed \
  ConsumerStopped RollupStopped SessionsNotRead WebhooksWaiting MailFailed LogLinesLost \
  ServiceNotReady RightsDrift VerifyMissing MigrationFailed BackupMissing; do
  quiet "Bulkhead$alert"
done
ask_dashboard

say 'a certificate of one day'
expect BulkheadCertificateExpires

say 'an event that its consumer cannot handle'
sql "INSERT INTO events (type, source, subject, payload) VALUES ('user.deleted', 'backend-api', 'a name', '{}')"
expect BulkheadEventsSetAside
say '2000 events that a consumer handles only two minutes later'
sql "INSERT INTO events (type, source, subject, payload)
  SELECT 'user.deleted', 'backend-api', '999999999', '{}' FROM generate_series(1, 2000)"
expect BulkheadConsumerLag
say 'a right that was revoked by hand'
sql 'REVOKE SELECT ON settings FROM "backend-api-rw"'
expect BulkheadStatementDenied
code=0
"$bulkhead" access verify >"$work/verify" 2>&1 || code=$?
((code == 2)) || fail "access verify ended with $code, not with 2: $(tail -n 5 "$work/verify")"
verify_failed=1 cluster
expect BulkheadRightsDrift
"$bulkhead" access apply >/dev/null
say 'rights that were not found right for three days'
verified_days_ago=3 cluster
expect BulkheadVerifyMissing
say 'copies that were never made'
backup_created_days_ago=2 cluster
expect BulkheadBackupMissing
say 'a pod that does not become ready, and a migration that failed'
ready=1 migration_failed=1 cluster
expect BulkheadServiceNotReady
expect BulkheadMigrationFailed
say 'a lock on the events: what follows them stands still'
sql 'BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60); COMMIT' >"$work/lock-of-events" 2>&1 &
expect BulkheadConsumerStopped
expect BulkheadRollupStopped
expect BulkheadSessionsNotRead
wait "$!"
say 'a lock on settings, and more requests than connections: they wait, and new ones are refused'
sql 'BEGIN; LOCK TABLE settings IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60); COMMIT' >"$work/lock" 2>&1 &
for _ in {1..12}; do
  keep_asking &
  pids+=("$!")
done
expect BulkheadPoolWaiting
expect BulkheadRequestsShed
say 'a cache that is gone'
stop_server redis
expect BulkheadCacheUnavailable
say 'a database that is gone'
stop_server database
expect BulkheadErrorRatio
say 'services that are gone'
mapfile -t members < <(pgrep --parent "$up")
kill -KILL "$up" "${members[@]}"
wait "$up" 2>/dev/null || true
expect BulkheadServiceDown
exit "$failed"
