#!/bin/sh
# Move the stack's databases to the Postgres that docker-compose.yaml names: dump, keep the old volume, restore.
# Run it beside docker-compose.yaml, the stack stopped: `docker compose down && deploy/upgrade_postgres.sh`.
set -eu
umask 077

setting() { sed -n "s/^$1=//p" .env 2>/dev/null | tail -1; }
project=${COMPOSE_PROJECT_NAME:-$(setting COMPOSE_PROJECT_NAME)}
volume=${project:-$(basename "$PWD" | tr '[:upper:]' '[:lower:]' | tr -dc 'a-z0-9_-')}_postgres-data
new=$(sed -n 's/.*image: .*postgres:\([0-9]*\)$/\1/p' docker-compose.yaml)
backups=${BACKUP_FOLDER:-$(setting BACKUP_FOLDER)}
backups=${backups:-./backups}
server=tyreloop-upgrade-$$

stop_server() { docker rm --force --volumes "$server" >/dev/null 2>&1 || true; }
trap stop_server EXIT

# A server of its own on the volume; nobody but this script can reach it.
start_server() {
  docker run --detach --name "$server" --network none --env POSTGRES_PASSWORD="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" \
    --volume "$volume:/var/lib/postgresql/data" "postgres:$1" >/dev/null
  for _ in $(seq 120); do
    # By TCP, for the server that makes a new cluster listens on its socket alone.
    if docker exec "$server" pg_isready -q -h 127.0.0.1; then return; fi
    sleep 1
  done
  docker logs --tail 5 "$server" >&2
  echo "Postgres $1 does not start on $volume: nothing was changed." >&2
  exit 1
}

docker volume inspect "$volume" >/dev/null 2>&1 || {
  echo "There is no volume $volume: set COMPOSE_PROJECT_NAME to the project's name." >&2
  exit 1
}
if docker ps --quiet --filter "volume=$volume" | grep -q .; then
  echo "Something still runs on $volume: stop it first with \`docker compose down\`." >&2
  exit 1
fi
old=$(docker run --rm --volume "$volume:/data:ro" --entrypoint cat "postgres:$new" /data/PG_VERSION)
if [ "$old" = "$new" ]; then
  echo "The databases are Postgres $new already."
  exit 0
fi

mkdir -p "$backups"
dump=$backups/postgres-$old-$(date -u +%Y%m%dT%H%M%SZ).sql
start_server "$old"
docker exec --user postgres "$server" pg_dumpall >"$dump"
stop_server
tail -5 "$dump" | grep -q "database cluster dump complete" || {
  echo "The dump is not whole: nothing was changed." >&2
  exit 1
}

docker run --rm --user 0 --volume "$volume:/from" --volume "$volume-$old:/to" --entrypoint sh "postgres:$new" -c \
  'cp -a /from/. /to/ && find /from -mindepth 1 -delete'
start_server "$new"
# The new cluster has its administrator already.
sed '/^CREATE ROLE postgres;$/d' "$dump" | docker exec --interactive --user postgres "$server" \
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --output /dev/null || {
  echo "The restore failed; the old databases are in the volume $volume-$old and in $dump." >&2
  exit 1
}
docker stop --time 60 "$server" >/dev/null
echo "The databases are Postgres $new now: \`docker compose up --detach\`."
echo "What was before stays in the volume $volume-$old and in $dump until you delete them."
