# shellcheck shell=bash
# A folder in memory for the data of servers, of which each run takes a part of its own. test.sh sources it; the script that
# sources it has end_left_behind and left_behind.
#
# A MariaDB makes 160 tables and drops them in 9 to 12 s on a disk, and in 0.3 s in memory.

readonly memory_megabytes=4096

# Prints the folders of the control groups that can limit the memory of this process, of both versions.
control_groups() {
  local controllers path root
  while IFS=: read -r _ controllers path; do
    case ",$controllers," in
      ,,) root=/sys/fs/cgroup ;;
      *,memory,*) root=/sys/fs/cgroup/memory ;;
      *) continue ;;
    esac
    path=${path%/}
    while [[ -n $path ]]; do
      printf '%s\n' "$root$path"
      path=${path%/*}
    done
    printf '%s\n' "$root"
  done </proc/self/cgroup
}

# Prints the megabytes that a control group leaves; nothing where it has no limit. The limit counts the files in memory and
# the pages of files on disks, of which the kernel gives up the inactive ones.
left_in_group() {
  local limit used inactive
  limit=$(cat "$1/memory.max" 2>/dev/null || cat "$1/memory.limit_in_bytes" 2>/dev/null) || return 0
  used=$(cat "$1/memory.current" 2>/dev/null || cat "$1/memory.usage_in_bytes" 2>/dev/null) || return 0
  if [[ ! $limit =~ ^[0-9]+$ ]]; then return 0; fi
  inactive=$(sed -n 's/^\(total_\)\{0,1\}inactive_file //p' "$1/memory.stat" 2>/dev/null | tail -n 1) || true
  printf '%s\n' $(((limit - used + ${inactive:-0}) / 1048576))
}

# Whether the machine and the control groups have memory to spare for the servers' data, and the folder has room for it.
has_memory() {
  local room available group left
  room=$(df --output=avail --block-size=1M "$1" 2>/dev/null | tail -n 1) || return 1
  available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
  ((room >= memory_megabytes && ${available:-0} / 1024 >= 2 * memory_megabytes)) || return 1
  while read -r group; do
    left=$(left_in_group "$group")
    if [[ -n $left ]] && ((left < 2 * memory_megabytes)); then return 1; fi
  done < <(control_groups)
}

# Whether programs can run in the folder: a server whose user cannot enter the checkout runs from a copy beside its data.
runs_programs() {
  local code=0
  printf '#!/bin/sh\n' >"$1/program"
  chmod 0755 "$1/program"
  "$1/program" 2>/dev/null || code=$?
  rm "$1/program"
  return "$code"
}

# Prints this run's folder for the servers' data in memory; nothing where the data belongs on the disk. Each database that a
# test creates and drops is hundreds of files, which cost less in memory. The servers' user can enter the folder.
folder_in_memory() {
  local parent=$1 folder
  [[ -n $parent ]] && has_memory "$parent" || return 0
  folder=$(mktemp -d -p "$parent" "bulkhead-memory-$$-XXXXXX") || return 0
  chmod 0755 "$folder"
  if runs_programs "$folder"; then
    mkdir -m 0755 "$folder/run" "$folder/tests"
    printf '%s\n' "$folder"
  else
    rmdir "$folder"
  fi
}

# Ends the servers of this user's killed runs that had a folder in memory, and removes the folder: no file names them any more.
clear_abandoned_memory() {
  local folder run
  [[ -n $1 ]] || return 0
  for folder in "$1"/bulkhead-memory-*; do
    if [[ ! -d $folder || -L $folder || ! -O $folder ]]; then continue; fi
    run=${folder##*/bulkhead-memory-}
    run=${run%%-*}
    if [[ $run =~ ^[0-9]+$ && ! -d /proc/$run ]]; then
      end_left_behind "$folder"
      [[ -n $(left_behind "$folder") ]] || rm -rf "$folder"
    fi
  done
}
