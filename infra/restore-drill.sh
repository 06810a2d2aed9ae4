#!/usr/bin/env bash
# Proves that a backup comes back: restores it elsewhere, takes out who was erased since, verifies everything, reports, tears down. What
# is in use goes on and is not changed.
#
# usage: infra/restore-drill.sh ENVIRONMENT [option]...     the database of Azure, at a moment of the last 30 days
#        infra/restore-drill.sh --embedded [option]...      an embedded database that is made for it and written to meanwhile
#   --program FILE     the program, default target/release/finrust; on Azure, the version that runs there
#   --report FILE      also write the report there
#   --keep             leave what was restored, for looking at it
#   --at WHEN          a moment in UTC such as 2026-11-20T10:00:00Z, default 20 minutes ago            (Azure)
#   --address IP       the address from which this machine is seen, as for infra/operator.sh           (Azure)
#   --group NAME       resource group, default finrust-ENVIRONMENT                                     (Azure)
#   --set NAME=VALUE   as for infra/deploy.sh; give the same ones                                      (Azure)
#
# Exit code 0: the drill went well; 1: the report says what did not; 2: it did not begin.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

embedded=no environment='' program=$here/../target/release/finrust report='' keep=no moment='' address='' group=''
passed=() for_azure=()
while (($#)); do
  case $1 in
    --embedded) embedded=yes ;;
    --keep) keep=yes ;;
    --program) program=$(value_of "$1" $# "${2:-}"); shift ;;
    --report) report=$(value_of "$1" $# "${2:-}"); shift ;;
    --at) moment=$(value_of "$1" $# "${2:-}"); for_azure+=("$1"); shift ;;
    --address) address=$(value_of "$1" $# "${2:-}"); for_azure+=("$1"); shift ;;
    --group) group=$(value_of "$1" $# "${2:-}"); for_azure+=("$1"); shift ;;
    --set) override=$(value_of "$1" $# "${2:-}"); check_override "$override"; passed+=(--set "$override"); for_azure+=("$1"); shift ;;
    -*) refuse "unknown option $1" ;;
    *) [[ -z $environment ]] || refuse "one environment, not '$1' too"; environment=$1 ;;
  esac
  shift
done
if [[ $embedded == yes ]]; then
  [[ -z $environment ]] || refuse "--embedded has no environment, not '$environment' either"
  ((${#for_azure[@]} == 0)) || refuse "--embedded takes no ${for_azure[0]}"
else
  [[ -n $environment ]] || refuse "usage: infra/restore-drill.sh ENVIRONMENT, or --embedded; see the head of the script"
  check_environment "$environment"
  [[ -z $moment || $moment =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$ ]] || refuse "--at is 2026-11-20T10:00:00Z, not '$moment'"
fi
[[ -f $program && -x $program ]] || refuse "there is no program $program: cargo build --release, or --program"
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
if [[ -n $report ]]; then
  : 2>/dev/null >"$report" || refuse "cannot write the report to $report"
fi

work=$(mktemp -d)
started=$SECONDS
failures=0
say() {
  echo "$*"
  [[ -z $report ]] || echo "$*" >>"$report"
}
expect() { # what, whether
  if [[ $2 == yes ]]; then
    say "ok    $1"
  else
    say "WRONG $1"
    failures=$((failures + 1))
  fi
}
is() { [[ $1 == "$2" ]] && echo yes || echo no; }

# Runs a command of the program; its answer is kept, and shown when the code is another one. $1: what, $2: the code, then the arguments.
command_of() {
  local what=$1 code=0 expected=$2
  shift 2
  "$program" "$@" >"$work/answer" 2>&1 || code=$?
  expect "$what (exit code $code)" "$(is $code "$expected")"
  [[ $code == "$expected" ]] || sed 's/^/      /' "$work/answer"
}

# After a restore, whatever it was restored from. $1: the code that verifying ends with before the replay.
take_out_and_verify() {
  command_of "finrust verify before the replay" "$1" verify
  if [[ $1 == 1 ]]; then
    expect "it names who is back after an erasure" "$(grep -q 'is back after it was erased' "$work/answer" && echo yes || echo no)"
  fi
  command_of "finrust replay-erasures" 0 replay-erasures
  say "      $(tail -n 1 "$work/answer")"
  command_of "finrust verify is clean" 0 verify
  sed 's/^/      /' "$work/answer" | tee -a "${report:-/dev/null}"
}

finish() {
  say "restore drill: $failures wrong, $((SECONDS - started)) s"
  ((failures == 0)) || exit 1
}

# ---- embedded -------------------------------------------------------------------------------------------------------------------------

server='' writers=()
end_embedded() {
  ((${#writers[@]} == 0)) || { kill "${writers[@]}"; wait "${writers[@]}"; } 2>/dev/null || true
  kill_server
  if [[ $keep == yes ]]; then echo "kept: $work"; else rm -rf "$work"; fi
}

# As when the power goes. It is no job of this shell, which would tell of its end at some moment of its own.
kill_server() {
  [[ -n $server ]] || return 0
  kill -9 "$server" 2>/dev/null || true
  while kill -0 "$server" 2>/dev/null; do sleep 0.05; done
  server=''
}

# Starts the program on a data directory and waits until it answers.
serve() { # data directory
  local tries=0 number
  # Below the ports that systems give to outgoing connections, and apart from those of tests.
  port=$((30000 + RANDOM % 2768))
  env -i PATH="$PATH" FINRUST_DATA_DIR="$1" "$program" serve --port "$port" >"$work/log-of-server" 2>&1 &
  server=$!
  disown "$server"
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/api/health"; do
    tries=$((tries + 1))
    if ((tries == 150)) || ! kill -0 "$server" 2>/dev/null; then
      cat "$work/log-of-server" >&2
      exit 1
    fi
    sleep 0.2
  done
}

# A request as the adviser: prints the status; headers and body are kept under a name. $1: name, $2: method, $3: path, then more for curl.
ask() {
  local name=$1 method=$2 path=$3
  shift 3
  curl --silent --show-error --max-time 60 --cookie "$work/jar" --cookie-jar "$work/jar" --dump-header "$work/$name.headers" \
    --output "$work/$name.body" --write-out '%{http_code}' --request "$method" --header 'content-type: application/json' "$@" \
    "http://127.0.0.1:$port$path"
}
location() { sed -n 's/^location: *//Ip' "$work/$1.headers" | tr -d '\r'; }
etag() { sed -n 's/^etag: *//Ip' "$work/$1.headers" | tr -d '\r'; }

make_file() { # last name; prints where it is
  [[ $(ask made POST /api/clients --data "{\"person\":{\"last_name\":\"$1\"}}") == 201 ]] && location made
}

# Makes files until it is told to stop, and notes each that was acknowledged. Readers of the jar do not write it.
write_on() { # number of the writer
  local status
  while [[ ! -e $work/enough ]]; do
    status=$(curl --silent --max-time 60 --cookie "$work/jar" --dump-header "$work/writer-$1" --output /dev/null --write-out '%{http_code}' \
      --header 'content-type: application/json' --data "{\"person\":{\"last_name\":\"Onder last $1\"}}" "http://127.0.0.1:$port/api/clients") || return 0
    [[ $status != 201 ]] || sed -n 's/^location: *//Ip' "$work/writer-$1" | tr -d '\r' >>"$work/acknowledged-$1"
  done
}
acknowledged() { cat "$work"/acknowledged-* 2>/dev/null || true; }

sign_in() { # password, the step that has to follow
  [[ $(ask login POST /api/login --data "{\"username\":\"drill\",\"password\":\"$1\"}") == 200 ]] && grep -q "\"next\":\"$2\"" "$work/login.body"
}

drill_embedded() {
  local data=$work/data backup=$work/backup restored=$work/restored password one_time kept deleted erased number path before
  need curl
  trap end_embedded EXIT
  trap 'exit 130' INT TERM
  password="oefening-$(head -c 9 /dev/urandom | base64 | tr '+/' '-_')"
  one_time=$(env -i PATH="$PATH" FINRUST_DATA_DIR="$data" "$program" invite --role adviser --username drill --email drill@example.nl \
    --name 'Oefening' --print | sed -n 's/^One-time password, valid 7 days: //p')
  serve "$data"
  if ! sign_in "$one_time" new_password || [[ $(ask chosen POST /api/login/new-password --data "{\"new_password\":\"$password\"}") != 200 ]]; then
    echo "restore-drill.sh: the adviser cannot sign in" >&2
    exit 1
  fi
  kept=$(make_file Blijver) deleted=$(make_file Verwijderd) erased=$(make_file Gewist)
  say "restore drill of an embedded database, $(date -u +%Y-%m-%dT%H:%M:%SZ), program $("$program" --version | sed 's/^finrust //')"

  for number in 1 2 3; do
    write_on "$number" &
    writers+=($!)
  done
  until (($(acknowledged | wc -l) >= 100)); do
    kill -0 "${writers[@]}" 2>/dev/null || { echo "restore-drill.sh: a writer has stopped" >&2; exit 1; }
    sleep 0.1
  done
  acknowledged >"$work/before"
  before=$(wc -l <"$work/before")
  export FINRUST_DATA_DIR=$data
  command_of "finrust backup while three writers write" 0 backup "$backup"
  # Whoever has to wait for the disk may hear only when it is over.
  number=0
  until (($(acknowledged | wc -l) > before || number == 300)); do
    number=$((number + 1))
    sleep 0.1
  done
  expect "they have written on meanwhile: $before files before it, $(acknowledged | wc -l) after" \
    "$( (($(acknowledged | wc -l) > before)) && echo yes || echo no)"
  expect "a file is deleted after the backup" "$(ask read GET "$deleted" >/dev/null; is "$(ask gone DELETE "$deleted" --header "If-Match: $(etag read)")" 204)"
  expect "a file is marked and erased after the backup" "$(
    ask marked POST "$erased/rights" --data '{"step":"mark","ground":"no_longer_needed","reason":"Oefening"}' >/dev/null
    is "$(ask erasure POST "$erased/erasure" --data "{\"password\":\"$password\",\"no_legal_duty\":true}")" 204)"
  touch "$work/enough"
  wait "${writers[@]}" || true
  writers=()
  kill_server
  server=''

  install -d -m 700 "$restored"
  cp "$backup"/* "$data/key-encryption-key" "$data"/erasures*.log "$restored/"
  export FINRUST_DATA_DIR=$restored
  take_out_and_verify 1

  serve "$restored"
  expect "the adviser signs in with the same password" "$(sign_in "$password" "done" && echo yes || echo no)"
  number=0
  while read -r path; do
    [[ $(ask read GET "$path") == 200 ]] || number=$((number + 1))
  done <"$work/before"
  expect "all $before files that were acknowledged before the backup open" "$(is $number 0)"
  expect "the file that stayed opens" "$(is "$(ask read GET "$kept")" 200)"
  expect "the file that was only deleted is back, as in every older copy" "$(is "$(ask read GET "$deleted")" 200)"
  expect "the person who was erased is gone" "$(is "$(ask read GET "$erased")" 404)"
  finish
}

# ---- Azure ----------------------------------------------------------------------------------------------------------------------------

target='' opened=no
end_azure() {
  local code=$?
  trap - EXIT
  rm -rf "$work"
  if [[ -n $target && $keep == yes ]]; then
    echo "kept: the account $target, with all it holds. Afterwards, both of:" >&2
    echo "  az stack group delete --name restore-drill --resource-group $group --action-on-unmanage deleteResources --yes" >&2
    echo "  az cosmosdb delete --name $target --resource-group $group --yes" >&2
  elif [[ -n $target ]]; then
    echo "Deleting the account $target"
    delete_stack || { echo "restore-drill.sh: the stack restore-drill is still there" >&2; code=1; }
    delete_target || { echo "restore-drill.sh: the account $target is still there, with all it holds" >&2; code=1; }
  fi
  [[ $opened == no ]] || close_again || code=1
  exit "$code"
}

# Deletes what the drill made in its stack, which there may be none of.
delete_stack() {
  local tries there
  for tries in 1 2 3; do
    if there=$(az stack group list --resource-group "$group" --query "[?name=='restore-drill'].name" --output tsv); then
      [[ -n $there ]] || return 0
      az stack group delete --resource-group "$group" --name restore-drill --action-on-unmanage deleteResources --yes --output none && return 0
    fi
    sleep $((tries * 10))
  done
  return 1
}

# The stack may have deleted it already; no answer does not mean that it is gone.
delete_target() {
  local tries there
  for tries in 1 2 3; do
    if there=$(az cosmosdb list --resource-group "$group" --query "[?name=='$target'].name" --output tsv); then
      [[ -n $there ]] || return 0
      az cosmosdb delete --resource-group "$group" --name "$target" --yes --output none && return 0
    fi
    sleep $((tries * 10))
  done
  return 1
}

# What this script opened it closes, and tries more than once: nobody may be watching.
close_again() {
  local tries
  for tries in 1 2 3; do
    "$here/operator.sh" "$environment" close --group "$group" "${passed[@]+"${passed[@]}"}" && return 0
    sleep $((tries * 10))
  done
  return 1
}

drill_azure() {
  local source region principal throughput serverless settings open=(--group "$group")
  # What can refuse is asked before half an hour of restoring is paid for.
  need_alert_email
  need_azure
  [[ -z $(az stack group list --resource-group "$group" --query "[?name=='operator-access'].name" --output tsv) ]] ||
    refuse "somebody is let in; end that first: FINRUST_ALERT_EMAIL=$FINRUST_ALERT_EMAIL infra/operator.sh $environment close$(pasted "${open[@]}" "${passed[@]+"${passed[@]}"}")"
  moment=${moment:-$(date -u -d '20 minutes ago' +%Y-%m-%dT%H:%M:%SZ)}
  address=${address:-$(curl --silent --show-error --fail --max-time 20 https://api.ipify.org)}
  source=$(output_of "$group" cosmosAccountName)
  region=$(output_of "$group" cosmosRegion)
  serverless=$(az cosmosdb show --resource-group "$group" --name "$source" --query "length(capabilities[?name=='EnableServerless'])" --output tsv)
  [[ $serverless == 0 ]] && serverless=false || serverless=true
  throughput=1000
  [[ $serverless == true ]] || throughput=$(az cosmosdb sql database throughput show --resource-group "$group" --account-name "$source" \
    --name "$(output_of "$group" cosmosDatabase)" --query resource.autoscaleSettings.maxThroughput --output tsv)
  trap end_azure EXIT
  trap 'exit 130' INT TERM
  say "restore drill of $source as of $moment, begun $(date -u +%Y-%m-%dT%H:%M:%SZ), program $("$program" --version | sed 's/^finrust //')"

  # Names are 44 characters at most, and unique in the world.
  target=$(printf '%.30s-drill-%s' "$source" "$(date -u +%m%d%H%M)")
  az cosmosdb restore --resource-group "$group" --account-name "$source" --target-database-account-name "$target" \
    --restore-timestamp "$moment" --location "$region" --disable-ttl True --public-network-access DISABLED --output none
  say "      restored to $target after $((SECONDS - started)) s"
  settings=$("$here/operator.sh" "$environment" open verify --address "$address" "${open[@]}" "${passed[@]+"${passed[@]}"}")
  opened=yes # not before: whoever else is let in stays in
  eval "$settings"
  principal=$(az ad signed-in-user show --query id --output tsv 2>/dev/null ||
    az ad sp show --id "$(az account show --query user.name --output tsv)" --query id --output tsv)
  patiently "the rights of the drill" az stack group create --resource-group "$group" --name restore-drill --template-file "$here/drill.bicep" \
    --action-on-unmanage deleteResources --deny-settings-mode none --yes --output none --parameters \
    "cosmosAccountName=$target" "location=$region" "cosmosServerless=$serverless" "cosmosMaxThroughput=$throughput" \
    "principalId=$principal" "operatorAddress=$address" "workspaceId=$(output_of "$group" workspaceId)"
  FINRUST_COSMOS_ENDPOINT=$(az stack group show --resource-group "$group" --name restore-drill --query outputs.cosmosEndpoint.value --output tsv)
  export FINRUST_COSMOS_ENDPOINT
  expect "the Bicep was run against it" "$([[ $FINRUST_COSMOS_ENDPOINT == *"$target"* ]] && echo yes || echo no)"

  # Rights take some minutes, and whether somebody was erased since then is not known before.
  local code=2 patience=$((SECONDS + 900))
  until ((code != 2 || SECONDS > patience)); do
    code=0
    "$program" verify >"$work/answer" 2>&1 || code=$?
    ((code != 2)) || sleep 30
  done
  take_out_and_verify "$code"
  finish
}

if [[ $embedded == yes ]]; then
  drill_embedded
else
  group=${group:-finrust-$environment}
  drill_azure
fi
