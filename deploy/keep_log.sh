#!/bin/sh
# Run a program of an image that is not ours, and copy each line it writes to stdout and to a rotated file:
# `keep_log.sh FILE PROGRAM ...`. What run_logged.py does for our own images, in the one language that all images speak.
set -u

file=$1
shift
file_bytes=${KEEP_LOG_BYTES:-10000000}
old_files=5
last_words_seconds=2 # for lines that are still in the pipe when the program has ended

can_write() {
  (umask 077; : >>"$file") 2>/dev/null # in a shell of its own, for a closed door would end this one
}

begin_anew() {
  number=$old_files
  while [ "$number" -gt 1 ]; do
    [ ! -e "$file.$((number - 1))" ] || mv -f "$file.$((number - 1))" "$file.$number"
    number=$((number - 1))
  done
  mv -f "$file" "$file.1"
  if can_write; then exec 3>>"$file"; fi
  written=0
}

copy_lines() {
  umask 077 # what a database says when it fails is for nobody else on this machine
  while IFS= read -r line || [ -n "$line" ]; do
    printf '%s\n' "$line"
    printf '%s\n' "$line" >&3
    written=$((written + ${#line} + 1))
    [ "$written" -lt "$file_bytes" ] || begin_anew
  done 2>/dev/null # a full disk must not stop the program
}

if ! can_write; then
  echo "Logs go to stdout only: $file cannot be written."
  exec "$@"
fi
exec 3>>"$file"
written=$(wc -c <"$file")

pipe=/tmp/keep_log.$$
rm -f "$pipe"
mkfifo -m 600 "$pipe"
copy_lines <"$pipe" &
copying=$!
"$@" >"$pipe" 2>&1 3>&- &
program=$!
stopped=
for signal in TERM INT QUIT HUP; do
  # shellcheck disable=SC2064 # the number of the program is known now
  trap "stopped=yes; kill -$signal $program 2>/dev/null" "$signal"
done

wait "$program"
code=$?
while [ -n "$stopped" ]; do # what came back was our signal's number; how the program ended comes now
  stopped=
  wait "$program" 2>/dev/null
  ended=$?
  [ "$ended" -eq 127 ] || code=$ended # 127: it had come back before, and the signal was late
done
(sleep "$last_words_seconds"; kill "$copying") >/dev/null 2>&1 3>&- &
wait "$copying"
rm -f "$pipe"
exit "$code"
