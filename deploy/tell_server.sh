#!/bin/sh
# Have a server of AWS run a version, and wait for what it says; its checkout is /opt/tyreloop, its settings lie there too.
#   deploy/tell_server.sh INSTANCE VERSION REGISTRY at-once|blue-green OWNER/REPOSITORY
set -eu
if [ $# -ne 5 ]; then sed -n '2,3p' "$0" >&2 && exit 2; fi
instance=$1 version=$2 registry=$3 way=$4 repository=$5
case "$version$registry$repository" in *[!A-Za-z0-9._:/-]*) echo "That is no name of a version, registry or repository." >&2 && exit 2 ;; esac
case $way in
    blue-green) start="deploy/release.sh $version" ;;
    at-once) start="sed -i 's/^TYRELOOP_VERSION=.*/TYRELOOP_VERSION=$version/' .env && docker compose up --detach --no-build --wait" ;;
    *) sed -n '2,3p' "$0" >&2 && exit 2 ;;
esac
steps="cd /opt/tyreloop && git fetch --quiet --tags origin && git checkout --quiet $version && deploy/fetch_images.sh $registry $version $repository && $start"
command=$(aws ssm send-command --instance-ids "$instance" --document-name AWS-RunShellScript --comment "tyreloop $version" \
    --timeout-seconds 60 --parameters "{\"commands\":[\"$steps\"],\"executionTimeout\":[\"2400\"]}" --query Command.CommandId --output text)
ask() { aws ssm get-command-invocation --command-id "$command" --instance-id "$instance" --query "$1" --output text; }
while :; do
    sleep "${LOOK_SECONDS:-10}"
    state=$(ask Status)
    case $state in Pending | InProgress | Delayed) continue ;; esac
    ask '[StandardOutputContent,StandardErrorContent]'
    echo "$version on $instance: $state"
    [ "$state" = Success ] || exit 1
    exit 0
done
