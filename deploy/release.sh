#!/bin/sh
# Another version of the service and the pages, without a failed request: the new colour starts beside the old one, takes
# over when all of it is well, and the old one goes when the new one has stayed well. Else all is as it was.
#
#   deploy/release.sh VERSION     beside docker-compose.yaml, with the edge running and the images of VERSION here
#
# FLASK_REPLICAS and STREAMLIT_REPLICAS: how many (as many as run now); WAIT_SECONDS (180) to become well; WATCH_SECONDS (30)
# in which it must stay so. Migrations run first: the old colour works on the new schema too, for they only add.
set -eu

if [ $# -ne 1 ]; then sed -n '2,8p' "$0" >&2 && exit 2; fi
say() { echo "release: $*"; }
stop() { echo "release: $*" >&2 && exit 1; }
if docker compose version >/dev/null 2>&1; then compose() { docker compose "$@"; }; else compose() { docker-compose "$@"; }; fi

export TYRELOOP_VERSION="$1"
for image in flask-app streamlit-app crontab; do
    docker image inspect "tyreloop/$image:$1" >/dev/null 2>&1 || stop "There is no image tyreloop/$image:$1 here. Nothing was changed."
done
edge=$(compose ps -q nginx)
project=$(docker inspect -f '{{index .Config.Labels "com.docker.compose.project"}}' "${edge:-none}" 2>/dev/null || :)
all_of() { # a service's containers, those that have ended too; the engine says it at once, and the same to each Compose
    docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}
old_api=$(all_of flask-app) old_pages=$(all_of streamlit-app)
if [ -z "$edge" ] || [ -z "$old_api" ] || [ -z "$old_pages" ]; then
    stop "The edge, the service and the pages must run: docker compose --profile edge up --detach. Nothing was changed."
fi
old="$old_api $old_pages"
count() { echo "$1" | grep -c .; }
FLASK_REPLICAS=${FLASK_REPLICAS:-$(count "$old_api")} STREAMLIT_REPLICAS=${STREAMLIT_REPLICAS:-$(count "$old_pages")}
before=$(docker inspect -f '{{.Config.Image}}' "$(echo "$old_api" | head -1)") && before=${before##*:}
if [ "$before" = "$1" ]; then stop "$1 runs already."; fi

edge() { docker exec "$edge" /bin/sh /etc/edge/edge.sh "$@"; }
new() { # the containers that were not there before
    for one in $(all_of flask-app) $(all_of streamlit-app); do
        case " $(echo "$old" | tr '\n' ' ') " in *" $one "*) ;; *) echo "$one" ;; esac
    done
}
sick() { # those of the new colour that are not well
    for one in $(new); do
        health=$(docker inspect -f '{{.State.Status}} {{.State.Health.Status}} {{.RestartCount}}' "$one")
        if [ "$health" != "running healthy 0" ]; then echo "$one is $health"; fi
    done
}
back() {
    trap - EXIT INT TERM
    edge switch "api-$before:5002" "pages-$before:8501"
    for one in $(new); do
        docker logs --tail 5 "$one" >&2 || :
        docker rm --force "$one" >/dev/null || :
    done
    edge switch
    stop "$TYRELOOP_VERSION is not well: $before still answers, or again. Its last words stand above."
}
trap back EXIT INT TERM

edge switch "api-$before:5002" "pages-$before:8501"
compose run --rm --no-deps migrate
say "$TYRELOOP_VERSION starts beside $before"
compose up --detach --no-deps --no-recreate --no-build \
    --scale "flask-app=$(($(count "$old_api") + FLASK_REPLICAS))" \
    --scale "streamlit-app=$(($(count "$old_pages") + STREAMLIT_REPLICAS))" flask-app streamlit-app
until=$(($(date +%s) + ${WAIT_SECONDS:-180}))
until [ -n "$(new)" ] && [ -z "$(sick)" ]; do
    if [ "$(date +%s)" -ge "$until" ]; then sick >&2 && exit 1; fi
    sleep 2
done

edge switch "api-$TYRELOOP_VERSION:5002" "pages-$TYRELOOP_VERSION:8501"
say "everybody goes to $TYRELOOP_VERSION; $before waits"
until=$(($(date +%s) + ${WATCH_SECONDS:-30}))
while [ "$(date +%s)" -lt "$until" ]; do
    sleep 2
    if [ -n "$(sick)" ]; then sick >&2 && exit 1; fi
done

trap - EXIT INT TERM
# shellcheck disable=SC2086 # several in one word
docker stop --time 30 $old >/dev/null && docker rm $old >/dev/null
if [ -e .env ]; then sed -i "s/^TYRELOOP_VERSION=.*/TYRELOOP_VERSION=$TYRELOOP_VERSION/" .env; fi
edge switch
for service in mlflow crontab worker certbot; do # whom nobody waits for; alone, or older programs of Compose start all anew
    if [ -n "$(all_of "$service")" ]; then compose up --detach --no-build --no-deps "$service"; fi
done
say "done: $TYRELOOP_VERSION"
