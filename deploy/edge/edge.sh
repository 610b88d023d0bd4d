#!/bin/sh
# The edge: nginx in front of the pages and the service.
#
#   edge.sh                    run it; every other second, ask each server whether it is well, and look for a new certificate
#   edge.sh switch API PAGES   everybody goes to these now, HOST:PORT each; without them to all that are well, as in the beginning
#   edge.sh show               whom it sends people to
#
# A server takes part from the moment it says that it is ready, to the moment it does not. What changed is loaded by new
# processes of nginx; the old ones answer what they have begun.
set -eu
: "${PUBLIC_HOST:=localhost}" "${EDGE_API:=flask-app:5002}" "${EDGE_PAGES:=streamlit-app:8501}"
: "${EDGE_HTTP:=8080}" "${EDGE_HTTPS:=8443}" "${EDGE_INNER:=8081}" "${EDGE_REQUESTS_PER_SECOND:=200}"
: "${EDGE_STATE:=/var/lib/tyreloop/edge}" "${EDGE_RUN:=/tmp/edge}" "${EDGE_LOOK_SECONDS:=2}" "${EDGE_NGINX:=nginx}"
files=$(cd "$(dirname "$0")" && pwd)
live=$EDGE_STATE/live # the colour that was switched to; empty: all
site=$EDGE_RUN/site.conf

addresses() { # of a host: its own, or those of all replicas behind its name
    case $1 in
        *[!0-9.]*) getent ahostsv4 "$1" | cut -d ' ' -f 1 | sort -u ;;
        *) echo "$1" ;;
    esac
}

well() { # well PATH HOST:PORT...: the servers that answer it with 200
    path=$1 && shift
    for place in "$@"; do
        for address in $(addresses "${place%:*}"); do
            server=$address:${place##*:}
            if curl -fsS -m 3 -o "$EDGE_RUN/said" -H "Host: $PUBLIC_HOST" "http://$server$path" 2>"$EDGE_RUN/why"; then
                echo "server $server max_fails=2 fail_timeout=2s;"
            fi
        done
    done
}

servers() { # servers NAME PATH ALL CHOSEN: if none of the chosen is well, all that are; if none at all, those of before
    # shellcheck disable=SC2086 # several in one word
    found=$(well "$2" $4)
    # shellcheck disable=SC2086
    if [ -z "$found" ] && [ "$4" != "$3" ]; then found=$(well "$2" $3); fi
    if [ -n "$found" ]; then echo "$found" >"$EDGE_RUN/$1.servers"; fi
    cat "$EDGE_RUN/$1.servers"
}

certificate() { # the folder of the newest; our own until there is one
    real=$EDGE_STATE/letsencrypt/live/$PUBLIC_HOST
    if [ -s "$real/fullchain.pem" ] && [ -s "$real/privkey.pem" ]; then echo "$real"; else echo "$EDGE_RUN"; fi
}

describe() { # what site.conf should say now
    chosen_api=$EDGE_API chosen_pages=$EDGE_PAGES
    if [ -s "$live" ]; then read -r chosen_api chosen_pages <"$live" || :; fi
    api=$(servers api /readyz "$EDGE_API" "$chosen_api") pages=$(servers pages /_stcore/health "$EDGE_PAGES" "$chosen_pages")
    folder=$(certificate) hsts=
    if [ "$folder" != "$EDGE_RUN" ]; then hsts='max-age=31536000'; fi # never for a certificate that nobody trusts
    # shellcheck disable=SC2016 # nginx's own variables
    printf 'upstream %s {\nhash %s consistent;\n%s\n}\n' \
        api '$caller' "$api" api_by_address '$remote_addr' "$api" pages '$visitor' "$pages"
    # shellcheck disable=SC2016
    printf 'map "" $hsts { default "%s"; }\n' "$hsts"
    printf 'ssl_certificate %s/fullchain.pem;\nssl_certificate_key %s/privkey.pem;\n# %s\n' \
        "$folder" "$folder" "$(cksum <"$folder/fullchain.pem")"
}

look() { # load what changed; what nginx refuses (half of a new certificate) is tried again at the next look
    describe >"$EDGE_RUN/next.conf"
    if cmp -s "$EDGE_RUN/next.conf" "$site"; then return; fi
    cp "$site" "$EDGE_RUN/before.conf" && cp "$EDGE_RUN/next.conf" "$site"
    if "$EDGE_NGINX" -t -q -c "$EDGE_RUN/nginx.conf"; then
        "$EDGE_NGINX" -s reload -c "$EDGE_RUN/nginx.conf"
        show >&2
    else
        cp "$EDGE_RUN/before.conf" "$site"
    fi
}

show() {
    for name in api pages; do
        echo "edge: $name: $(sed 's/^server \([^ ;]*\).*/\1/' "$EDGE_RUN/$name.servers" | tr '\n' ' ')"
    done
}

prepare() {
    mkdir -p "$EDGE_RUN" "$EDGE_STATE/bodies" "$EDGE_STATE/webroot"
    for name in api pages; do echo "server 127.0.0.1:9;" >"$EDGE_RUN/$name.servers"; done # nobody, until somebody is well
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 90 -subj "/CN=$PUBLIC_HOST" \
        -addext "subjectAltName=DNS:$PUBLIC_HOST" -keyout "$EDGE_RUN/privkey.pem" -out "$EDGE_RUN/fullchain.pem" 2>"$EDGE_RUN/why"
    case $("$EDGE_NGINX" -v 2>&1) in # how it is told of HTTP/2 has changed
        */1.2[0-4].*) listen="listen $EDGE_HTTPS ssl http2;" ;;
        *) listen="listen $EDGE_HTTPS ssl; http2 on;" ;;
    esac
    user=
    if [ "$(id -u)" = 0 ]; then user="user root;"; fi # else its workers could not read what certbot writes
    sed -e "s#@USER@#$user#; s#@LISTEN@#$listen#; s#@RUN@#$EDGE_RUN#g; s#@STATE@#$EDGE_STATE#g; s#@FILES@#$files#g; s#@HOST@#$PUBLIC_HOST#g" \
        -e "s#@HTTP@#$EDGE_HTTP#g; s#@HTTPS@#$EDGE_HTTPS#g; s#@INNER@#$EDGE_INNER#g; s#@RATE@#$EDGE_REQUESTS_PER_SECOND#g" \
        "$files/nginx.conf" >"$EDGE_RUN/nginx.conf"
    describe >"$site"
}

run() {
    umask 077
    prepare
    "$EDGE_NGINX" -c "$EDGE_RUN/nginx.conf" &
    nginx=$!
    trap leave TERM INT
    show >&2
    while kill -0 "$nginx" 2>/dev/null; do
        look
        sleep "$EDGE_LOOK_SECONDS" &
        wait $! || :
    done
    echo "edge: nginx has ended" >&2
    exit 1
}

leave() { # what was begun has ten seconds; pages that are open do not end by themselves
    kill -QUIT "$nginx"
    (sleep 10 && kill -TERM "$nginx") &
    wait "$nginx" || :
    kill $! 2>/dev/null || :
    exit 0
}

case ${1:-run} in
    run) run ;;
    switch) echo "${2:-} ${3:-}" | sed '/^ $/d' >"$live.next" && mv "$live.next" "$live" ;;
    show) show ;;
    *) sed -n '2,9p' "$0" >&2 && exit 2 ;;
esac
