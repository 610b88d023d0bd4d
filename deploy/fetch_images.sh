#!/bin/sh
# The images of a version, from a registry, signed by our own workflow or not taken:
#   deploy/fetch_images.sh REGISTRY VERSION OWNER/REPOSITORY
set -eu
if [ $# -ne 3 ]; then sed -n '2,3p' "$0" >&2 && exit 2; fi
signer="^https://github.com/$3/.github/workflows/images.yml@refs/(heads/(main|develop)|tags/v.*)$"
for name in flask-app streamlit-app mlflow crontab worker; do
    docker pull --quiet "$1/tyreloop-$name:$2"
    digest=$(docker image inspect -f '{{index .RepoDigests 0}}' "$1/tyreloop-$name:$2")
    cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com \
        --certificate-identity-regexp "$signer" "$digest" >/dev/null || {
        echo "$digest is not signed by $3: it is not taken." >&2
        exit 1
    }
    docker tag "$digest" "tyreloop/$name:$2"
done
