#!/bin/sh
# The certificate of PUBLIC_HOST: certbot gets it and renews it, nginx (edge.sh) finds it by itself.
#
#   certbot.sh               twice a day, for ever; an hour after a failure, which the authority may forbid to hurry
#   certbot.sh once [...]    now, with more of certbot's options
set -u
umask 077
: "${EDGE_STATE:=/var/lib/tyreloop/edge}" "${EDGE_RUN:=/tmp/edge}" "${ACME_EMAIL:=}" "${ACME_SERVER:=}"

ask() {
    if [ -z "$ACME_EMAIL" ]; then set -- --register-unsafely-without-email "$@"; fi
    certbot certonly --non-interactive --agree-tos --keep-until-expiring --key-type ecdsa \
        --webroot --webroot-path "$EDGE_STATE/webroot" --domain "$PUBLIC_HOST" --cert-name "$PUBLIC_HOST" \
        --config-dir "$EDGE_STATE/letsencrypt" --work-dir "$EDGE_RUN/work" --logs-dir "$EDGE_RUN/log" \
        ${ACME_SERVER:+--server "$ACME_SERVER"} ${ACME_EMAIL:+--email "$ACME_EMAIL"} "$@"
}

mkdir -p "$EDGE_STATE/webroot" "$EDGE_RUN"
case ${1:-ever} in
    once) shift && ask "$@" ;;
    ever)
        trap 'exit 0' TERM INT
        pause=20 # nginx starts meanwhile
        while sleep "$pause" & wait $!; do
            if ask; then pause=43200; else pause=3600 && echo "No certificate for $PUBLIC_HOST; the next try is in an hour." >&2; fi
            touch "$EDGE_RUN/tried"
        done
        ;;
esac
