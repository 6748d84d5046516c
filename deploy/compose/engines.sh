# shellcheck shell=bash
# Selects the database and the cache of the composed fleet for docker compose; source this file.
#
# ENGINE            postgres, mariadb, galera or mysql; redis or valkey; or one of each. Default: BULKHEAD_DATABASE and
#                   BULKHEAD_CACHE, else those that have a container, else those that have data here, else postgres and redis
# COMPOSE_PROFILES  further profiles, in words or commas

# Prints the containers of an engine: a cluster has one for each node.
containers_of_engine() {
  if [[ $1 == galera ]]; then printf '%s\n' galera-1 galera-2 galera-3; else printf '%s\n' "$1"; fi
}

# Prints the name of the composed project.
project() { printf '%s\n' "${COMPOSE_PROJECT_NAME:-$(sed -nE 's/^(COMPOSE_PROJECT_NAME=|name: )//p' .env docker-compose.yml | head -n 1)}"; }

# Prints those of the engines that this project has: `listed container service NAME ...` or `listed volume volume NAME ...`.
# It asks the engine, because an older docker-compose.yml may not know each name.
listed() {
  local project name part found
  project=$(project)
  local -r of="label=com.docker.compose"
  local -a all=()
  [[ $1 != container ]] || all=(--all)
  for name in "${@:3}"; do
    while read -r part; do
      found=$(docker "$1" ls "${all[@]}" --quiet --filter "$of.project=$project" --filter "$of.$2=$part" </dev/null) ||
        fail "docker cannot list each $1 of $project"
      [[ -z $found ]] || { printf '%s\n' "$name" && break; }
    done < <(containers_of_engine "$name")
  done
}

# Prints the engine of these that ENGINE or a profile names, or the variable, or that has a container, or data, or the first:
# `engine_of VALUE_OF_VARIABLE NAME ...`.
engine_of() {
  local name running data wanted='' exported=$1 all
  shift
  all="$*"
  running=$(listed container service "$@") || exit 1
  data=$(listed volume volume "$@") || exit 1
  [[ $running != *$'\n'* ]] || fail "${running//$'\n'/ and } have a container here: remove those that the fleet does not use"
  for name in "$@"; do [[ " $engine ${COMPOSE_PROFILES//,/ } " != *" $name "* ]] || wanted+=${wanted:+ and }$name; done
  wanted=${wanted:-$exported}
  [[ -z $wanted || " $all " == *" $wanted "* ]] || fail "one of ${all// /, } runs, and not $wanted"
  # Its data would be empty beside that of the one that runs.
  [[ -z $wanted || -z $running || $running == "$wanted" ]] ||
    fail "$running runs here, not $wanted: leave out ENGINE (and BULKHEAD_*), or run make down first, which removes all data"
  # A service would find an empty database, and the data would seem lost.
  if [[ -z $running && -n $data ]]; then
    [[ -z $wanted || $'\n'$data$'\n' == *$'\n'"$wanted"$'\n'* ]] ||
      fail "$data has the data of this fleet, not $wanted: go on with make up ENGINE=$data, or run make down first, which removes all data"
    [[ -n $wanted || $data != *$'\n'* ]] ||
      fail "${data//$'\n'/ and } have data here: name one, such as make up ENGINE=${data%%$'\n'*}"
  fi
  printf '%s\n' "${wanted:-${running:-${data:-$1}}}"
}

# Where no node of a Galera has a volume, marks the data of the first one, which then begins the cluster. Where a node has one, only
# a person decides which data a cluster begins with: a volume that was lost is no reason to begin with nothing.
begin_galera() {
  local data node volumes=''
  [[ $database == galera ]] || return 0
  data=$(listed volume volume galera) || exit 1
  [[ -z $data ]] || return 0
  docker compose run --rm --no-deps -T galera-1 bash /etc/bulkhead/galera.sh begin </dev/null >&2 && return
  # The command makes the volumes of all nodes. None had one a moment ago, so these have no data yet, and each would keep the next
  # start from beginning.
  data=$(listed volume volume galera-1 galera-2 galera-3) || exit 1
  for node in $data; do docker volume rm "$(project)_$node" >&2 || volumes+=" $(project)_$node"; done
  [[ -z $volumes ]] ||
    fail "galera-1 cannot begin a cluster: the lines above say why. Before the next start, remove these new volumes, which are empty:$volumes"
  fail "galera-1 cannot begin a cluster: the lines above say why. No volume of a node is left of this start"
}

# Afterwards $database and $cache name them, and docker compose uses them.
choose_engines() {
  local name engine=${ENGINE:-}
  engine=${engine//postgresql/postgres}
  for name in $engine; do
    [[ " postgres mariadb galera mysql redis valkey " == *" $name "* ]] ||
      fail "compose runs postgres, mariadb, galera or mysql, with redis or valkey, and not $name"
  done
  COMPOSE_PROFILES=${COMPOSE_PROFILES:-}
  database=$(engine_of "${BULKHEAD_DATABASE:-}" postgres mariadb galera mysql) && cache=$(engine_of "${BULKHEAD_CACHE:-}" redis valkey) || exit 1
  COMPOSE_PROFILES=$(tr -s ' ,' '\n' <<<"$database $cache $COMPOSE_PROFILES" | awk 'NF && !seen[$0]++' | paste -sd ,)
  export BULKHEAD_DATABASE=$database BULKHEAD_CACHE=$cache COMPOSE_PROFILES
}
