#!/bin/sh
# exec: the process itself gets the container's SIGTERM, and drains.
set -eu
command="${1:-api}"
[ "$#" -gt 0 ] && shift
case "$command" in
  api) exec node src/api/main.ts "$@" ;;
  worker) exec node src/worker/main.ts "$@" ;;
  migrate) exec node src/database/migrate.ts "$@" ;;
  keys) exec node src/database/keys.ts "$@" ;;
  *) exec "$command" "$@" ;;
esac
