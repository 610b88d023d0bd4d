#!/bin/sh
# Tyreloop as services of a server without Docker. As root, the checkout at /opt/tyreloop and its .venv made:
#
#   deploy/systemd/install.sh          the units, the account, an empty /etc/tyreloop/tyreloop.env; starts nothing
#   deploy/systemd/install.sh remove   stops and removes them; keeps /etc/tyreloop, /var/lib/tyreloop and the database
#
# DESTDIR=/somewhere lays the files there and asks systemd for nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
units=${DESTDIR:-}/etc/systemd/system settings=${DESTDIR:-}/etc/tyreloop
systemd() { if [ -z "${DESTDIR:-}" ]; then systemctl "$@"; fi; }

case ${1:-install} in
    install)
        if [ -z "${DESTDIR:-}" ] && ! id tyreloop >/dev/null 2>&1; then
            useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tyreloop
        fi
        mkdir -p "$units/tyreloop-.service.d" "$settings" && chmod 0750 "$settings"
        cp "$here"/tyreloop.target "$here"/tyreloop-*.service "$units" && cp "$here"/tyreloop-.service.d/all.conf "$units/tyreloop-.service.d"
        if [ ! -e "$settings/tyreloop.env" ]; then (umask 077 && : >"$settings/tyreloop.env"); fi
        systemd daemon-reload
        echo "Fill in $settings/tyreloop.env (docs/deployment.md), then: systemctl enable --now tyreloop.target"
        ;;
    remove)
        systemd disable --now tyreloop.target tyreloop-edge.service tyreloop-certbot.service || :
        for unit in "$here"/tyreloop.target "$here"/tyreloop-*.service; do
            systemd stop "$(basename "$unit")" || :
            rm -f "$units/$(basename "$unit")"
        done
        rm -rf "$units/tyreloop-.service.d"
        systemd daemon-reload
        echo "Removed. $settings and ${DESTDIR:-}/var/lib/tyreloop are kept."
        ;;
    *) sed -n '2,7p' "$0" >&2 && exit 2 ;;
esac
