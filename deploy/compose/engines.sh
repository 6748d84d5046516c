# shellcheck shell=bash
# Selects the database and the cache of the composed fleet for docker compose; source this file.
#
# ENGINE            postgres or mariadb, redis or valkey, or one of each; default: BULKHEAD_DATABASE and BULKHEAD_CACHE, else
#                   those that run, else postgres and redis
# COMPOSE_PROFILES  further profiles, in words or commas

# Prints those of the engines that have a container.
running_of() {
  local name
  for name in "$@"; do
    [[ -z $(docker compose --profile '*' ps --all --quiet "$name" 2>/dev/null) ]] || printf '%s\n' "$name"
  done
}

# Prints the engine of these two that ENGINE or a profile names, or the variable, or that runs, or the first:
# `engine_of VALUE_OF_VARIABLE NAME NAME`.
engine_of() {
  local name running wanted='' exported=$1
  shift
  running=$(running_of "$@")
  [[ $running != *$'\n'* ]] || fail "both $1 and $2 have a container here: remove the one that the fleet does not use"
  for name in "$@"; do [[ " $engine ${COMPOSE_PROFILES//,/ } " != *" $name "* ]] || wanted+=${wanted:+ and }$name; done
  wanted=${wanted:-$exported}
  case $wanted in
  "" | "$1" | "$2") ;;
  *) fail "one of $1 and $2 runs, and not $wanted" ;;
  esac
  # Both have one name in the networks, so a service would use either.
  [[ -z $wanted || -z $running || $running == "$wanted" ]] ||
    fail "$running runs here, not $wanted: leave out ENGINE (and BULKHEAD_*), or run make down first, which removes all data"
  printf '%s\n' "${wanted:-${running:-$1}}"
}

# Afterwards $database and $cache name them, and docker compose uses them.
choose_engines() {
  local name engine=${ENGINE:-}
  engine=${engine//postgresql/postgres}
  for name in $engine; do
    [[ " postgres mariadb redis valkey " == *" $name "* ]] ||
      fail "compose runs postgres or mariadb, with redis or valkey, and not $name: make demo ENGINE=$name runs here without containers"
  done
  COMPOSE_PROFILES=${COMPOSE_PROFILES:-}
  database=$(engine_of "${BULKHEAD_DATABASE:-}" postgres mariadb) && cache=$(engine_of "${BULKHEAD_CACHE:-}" redis valkey) || exit 1
  COMPOSE_PROFILES=$(tr -s ' ,' '\n' <<<"$database $cache $COMPOSE_PROFILES" | awk 'NF && !seen[$0]++' | paste -sd ,)
  export BULKHEAD_DATABASE=$database BULKHEAD_CACHE=$cache COMPOSE_PROFILES
}
