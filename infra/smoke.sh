#!/usr/bin/env bash
# Whether the program behind an address answers as it should: health, security headers, no way to a job, no plain http. Shows which address
# of yours the program sees, and that you cannot choose it.
#
# usage: infra/smoke.sh https://address [--wait SECONDS]      (default: ask once; new rights and cold starts may take minutes)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

url=
patience=0
while (($#)); do
  case $1 in
    --wait) patience=$(value_of "$1" $# "${2:-}"); shift ;;
    -*) refuse "unknown option $1" ;;
    *) [[ -z $url ]] || refuse "one address, not '$1' too"; url=${1%/} ;;
  esac
  shift
done
[[ -n $url ]] || refuse "usage: infra/smoke.sh https://address [--wait SECONDS]"
[[ $url =~ ^https?://[^/]+$ ]] || refuse "an address is https://host, not '$url'"
[[ $patience =~ ^[0-9]+$ ]] || refuse "--wait is a number of seconds, not '$patience'"
need curl

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $@: arguments of curl. Prints the status; headers and body are kept.
ask() { curl --silent --show-error --max-time 60 --dump-header "$work/headers" --output "$work/body" --write-out '%{http_code}' "$@"; }

failures=0
expect() { # what, whether
  if [[ $2 == yes ]]; then
    echo "ok    $1"
  else
    echo "WRONG $1" >&2
    failures=$((failures + 1))
  fi
}
is() { [[ $1 == "$2" ]] && echo yes || echo no; }
has_header() { grep -qi "^$1:.*$2" "$work/headers" && echo yes || echo no; }

deadline=$((SECONDS + patience))
until status=$(ask "$url/api/health") && [[ $status == 200 ]]; do
  if ((SECONDS >= deadline)); then break; fi
  echo "health: ${status:-no answer}, waiting ($((deadline - SECONDS)) s left)"
  sleep 10
done

expect "health answers 200" "$(is "${status:-}" 200)"
expect "health says ok" "$(grep -q '"ok"' "$work/body" 2>/dev/null && echo yes || echo no)"
# What limits per address go by; the header that a client writes itself must change nothing (infra/runbooks/client-address-missing.md).
seen_address() { sed -n 's/^finrust-client-address: *//Ip' "$work/headers" | tr -d '\r'; }
address=$(seen_address)
echo "      the program sees you at: ${address:-it does not say}"
expect "your address is known" "$([[ -n $address && $address != unknown ]] && echo yes || echo no)"
ask --header 'CLIENT-IP: 198.51.100.7:1' --header 'X-Azure-ClientIP: 198.51.100.7' --header 'X-Forwarded-For: 198.51.100.7' "$url/api/health" >/dev/null || true
expect "you cannot choose it" "$(is "$(seen_address)" "$address")"
ask "$url/api/health" >/dev/null || true
expect "Strict-Transport-Security" "$(has_header strict-transport-security 'max-age=63072000')"
expect "Content-Security-Policy" "$(has_header content-security-policy "default-src 'none'")"
expect "X-Content-Type-Options" "$(has_header x-content-type-options nosniff)"
expect "X-Frame-Options" "$(has_header x-frame-options DENY)"
expect "Referrer-Policy" "$(has_header referrer-policy no-referrer)"
expect "Cache-Control" "$(has_header cache-control no-store)"
expect "the page answers 200" "$(is "$(ask "$url/")" 200)"
for job in send-mail maintenance; do
  status=$(ask --request POST --header 'content-type: application/json' --data '{"Data":{"message":"forged"},"Metadata":{}}' "$url/$job")
  expect "a forged /$job is refused ($status)" "$([[ $status =~ ^40[345]$ ]] && echo yes || echo no)"
done
if [[ $url == https://* ]]; then
  status=$(ask "http://${url#https://}/api/health" || true)
  expect "plain http is not served ($status)" "$([[ $status != 2* ]] && echo yes || echo no)"
fi
((failures == 0)) || { echo "smoke.sh: $failures of the above are wrong" >&2; exit 1; }
