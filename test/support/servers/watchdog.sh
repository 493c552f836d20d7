#!/bin/sh
# watchdog.sh FOLDER: reads a line with its pid for each server that is started in the folder, and an empty one when it
# has ended. When there is no more to read, since whoever started the server says so or is dead, however it died, it kills
# the server and what the server started, and removes the folder.
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  # Stopped first, so that it starts nothing while we look.
  kill -STOP "$pid"
  ps -A -o pid= -o ppid= | while read -r child parent; do
    [ "$parent" = "$pid" ] && kill -KILL "$child"
  done
  kill -KILL "$pid"
fi
# What is being killed may write a last file.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1" && exit
  sleep 0.1
done
