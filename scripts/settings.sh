# Variables of the shell: settings of a fleet, which a script with servers of its own forgets, and those that describe a server.
# Other scripts source this file.
# shellcheck shell=bash

setting_names=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/Shared/Frame/Runtime/Environment/SettingNames.swift
readonly setting_names

# Unsets every setting of a fleet, as NAME and as NAME_FILE, and names those that had a value: `forget_settings [KEPT...]`. A script
# calls it before it sets its own, because a setting that the shell has from another fleet could win over them, as DATABASE_URL does:
# the superuser's steps would then run on that fleet's server. Settings stay whose names match one of the patterns KEPT.
forget_settings() {
  local names name variable kept forgotten=''
  names=$(sed -n '/static let all = /,/[.]split/p' "$setting_names" | grep -oE '\b[A-Z][A-Z_]+\b') || {
    printf 'error: no setting is named in %s\n' "$setting_names" >&2
    return 1
  }
  for name in $names; do
    for variable in "$name" "${name}_FILE"; do
      for kept in "$@"; do
        # shellcheck disable=SC2053 # it is a pattern
        if [[ $variable == $kept ]]; then continue 2; fi
      done
      if [[ -n ${!variable:-} ]]; then forgotten+=" $variable"; fi
      unset "$variable"
    done
  done
  if [[ -n $forgotten ]]; then printf 'settings of the shell that have no effect here:%s\n' "$forgotten" >&2; fi
}

# Sets the variables of the server that a file describes: `read_server FILE`. A value is the rest of its line, and no line is code.
read_server() {
  local line
  while IFS= read -r line; do
    printf -v "${line%%=*}" '%s' "${line#*=}"
  done <"$1"
}
