# Variables of the shell that describe a server. Other scripts source this file.
# shellcheck shell=bash

# Sets the variables of the server that a file describes: `read_server FILE`. A value is the rest of its line, and no line is code.
read_server() {
  local line
  while IFS= read -r line; do
    printf -v "${line%%=*}" '%s' "${line#*=}"
  done <"$1"
}
