#!/usr/bin/env bash
# Lets the operator who is signed in to the Azure CLI work on an environment from this machine with the commands of `finrust`, and
# ends that. Opening lets in one address and one person, and tells the settings; closing takes both away.
#
# usage: infra/operator.sh ENVIRONMENT open invite|verify|restore [--address IP] [--group NAME] [--set NAME=VALUE]...
#        infra/operator.sh ENVIRONMENT close [--group NAME] [--set NAME=VALUE]...
#   invite       make accounts, mail invitations, rewrap data keys: no way to client files
#   verify       open and check every document, read the erasure log: for restore drills; changes nothing
#   restore      the same, and change documents as the program does: to erase again after a restore
#   --address    the address from which this machine is seen, default: asked of https://api.ipify.org
#   --set        as for infra/deploy.sh; give the same ones
#
# Settings are printed as `export` lines: settings=$(infra/operator.sh test open invite) && eval "$settings". FINRUST_ALERT_EMAIL as for
# infra/deploy.sh.
#
# What can refuse is asked before anything is taken away. Closing shuts the firewall first; the delete locks, which keep rights from being
# deleted too, are away for that one moment and are put back whatever happens.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment='' action='' rights='' address='' group=''
passed=()
while (($#)); do
  case $1 in
    --address) address=$(value_of "$1" $# "${2:-}"); shift ;;
    --group) group=$(value_of "$1" $# "${2:-}"); shift ;;
    --set) override=$(value_of "$1" $# "${2:-}"); check_override "$override"; passed+=(--set "$override"); shift ;;
    -*) refuse "unknown option $1" ;;
    *)
      if [[ -z $environment ]]; then environment=$1
      elif [[ -z $action ]]; then action=$1
      elif [[ -z $rights ]]; then rights=$1
      else refuse "'$1' is one argument too many"; fi ;;
  esac
  shift
done
[[ -n $environment && -n $action ]] || refuse "usage: infra/operator.sh ENVIRONMENT open invite|verify|restore, or ENVIRONMENT close"
check_environment "$environment"
case "$action $rights" in
  "open invite" | "open verify" | "open restore" | "close ") ;;
  "open "*) refuse "open needs invite, verify or restore, not '$rights'" ;;
  "close "*) refuse "close takes no '$rights'" ;;
  *) refuse "open or close, not '$action'" ;;
esac
[[ -z $address || $address =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ ]] || refuse "--address is an IPv4 address, not '$address'"
group=${group:-finrust-$environment}
need_alert_email
need_azure

deploy() { "$here/deploy.sh" "$environment" --yes --group "$group" --without-publishing "${passed[@]+"${passed[@]}"}" "$@" >&2; }
again="FINRUST_ALERT_EMAIL=$FINRUST_ALERT_EMAIL infra/operator.sh $environment close$(pasted --group "$group" "${passed[@]+"${passed[@]}"}")"

# Prints a line when somebody is let in. No answer is neither yes nor no, and stops.
let_in() { az stack group list --resource-group "$group" --query "[?name=='operator-access'].name" --output tsv; }

# Locks that were taken away: one line each, "id of what is locked<tab>notes".
away=()
put_locks_back() {
  local lock scope tries code=0
  for lock in "${away[@]+"${away[@]}"}"; do
    scope=${lock%%$'\t'*}
    for tries in 1 2 3 4 5; do
      az lock create --name keep --lock-type CanNotDelete --resource "$scope" --notes "${lock#*$'\t'}" --output none && continue 2
      sleep $((tries * 5))
    done
    echo "operator.sh: a delete lock is not back: az lock create --name keep --lock-type CanNotDelete --resource $scope" >&2
    code=1
  done
  away=()
  return "$code"
}

# Deletes the operator's rights. The locks, which would keep them, are away meanwhile and back when this returns.
take_rights_away() {
  local id notes locks code=0
  locks=$(az lock list --resource-group "$group" --query "[?name=='keep'].[id, notes]" --output tsv) || return 1
  trap 'put_locks_back; exit 130' INT TERM
  while IFS=$'\t' read -r id notes; do
    [[ -n $id ]] || continue
    # Noted first: a lock whose deletion was not answered may be gone.
    away+=("${id%/providers/Microsoft.Authorization/locks/*}"$'\t'"$notes")
    az lock delete --ids "$id" --output none || code=1
  done <<<"$locks"
  az stack group delete --resource-group "$group" --name operator-access --action-on-unmanage deleteResources --yes --output none || code=1
  put_locks_back || code=1
  trap 'exit 130' INT TERM
  return "$code"
}

if [[ $action == close ]]; then
  deploy || { echo "operator.sh: the firewall may still be open and rights are left; nothing was taken away. Run this again: $again" >&2; exit 1; }
  somebody=$(let_in) || { echo "operator.sh: the firewall is closed; whether rights are left is not known. Run this again: $again" >&2; exit 1; }
  if [[ -n $somebody ]]; then
    take_rights_away || { echo "operator.sh: the firewall is closed, but rights are left. Run this again: $again" >&2; exit 1; }
  fi
  echo "Closed." >&2
  exit
fi

somebody=$(let_in)
[[ -z $somebody ]] || refuse "somebody is let in already: $again"
address=${address:-$(curl --silent --show-error --fail --max-time 20 https://api.ipify.org)}
[[ $address =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ ]] || refuse "https://api.ipify.org says no IPv4 address but '$address'; --address does"
if [[ $(az account show --query user.type --output tsv) == user ]]; then
  principal=$(az ad signed-in-user show --query id --output tsv)
  type=User
else
  principal=$(az ad sp show --id "$(az account show --query user.name --output tsv)" --query id --output tsv)
  type=ServicePrincipal
fi
[[ -n $principal ]] || refuse "Azure does not say who is signed in"

# Whatever goes wrong from here on, nobody is let in when this ends.
undo() {
  local code=$?
  ((code)) || return 0
  trap - EXIT INT TERM
  echo "operator.sh: nobody is let in; closing" >&2
  deploy || { echo "operator.sh: the firewall may still be open. Run this: $again" >&2; exit 1; }
  somebody=$(let_in) || { echo "operator.sh: whether rights are left is not known. Run this: $again" >&2; exit 1; }
  if [[ -n $somebody ]]; then
    take_rights_away || { echo "operator.sh: rights are left. Run this: $again" >&2; exit 1; }
  fi
  ((code == 2)) || code=1
  exit "$code"
}
trap undo EXIT
trap 'exit 130' INT TERM
deploy --set "operatorAddress=$address"
patiently "the rights" az stack group create --resource-group "$group" --name operator-access --template-file "$here/operator.bicep" \
  --action-on-unmanage deleteResources --deny-settings-mode none --yes --output none --parameters \
  "principalId=$principal" "principalType=$type" "rights=$rights" "cosmosAccountName=$(output_of "$group" cosmosAccountName)" \
  "cosmosDatabase=$(output_of "$group" cosmosDatabase)" "keyVaultName=$(output_of "$group" keyVaultName)" \
  "queueStorageName=$(output_of "$group" queueStorageName)" "erasureStorageName=$(output_of "$group" erasureStorageName)"

settings=
while read -r setting output; do
  value=$(output_of "$group" "$output" </dev/null)
  settings+=$(printf 'export %s=%q' "$setting" "$value")$'\n'
done <<'END'
FINRUST_PUBLIC_URL url
FINRUST_COSMOS_ENDPOINT cosmosEndpoint
FINRUST_COSMOS_DATABASE cosmosDatabase
FINRUST_COSMOS_REGION cosmosRegion
FINRUST_KEY_VAULT_KEY keyUrl
FINRUST_MAIL_QUEUE mailQueueUrl
FINRUST_MAIL_ENDPOINT mailEndpoint
FINRUST_MAIL_FROM mailFrom
FINRUST_ERASURE_LOG erasureLogUrl
END
printf %s "$settings"
echo "New rights take some minutes. Afterwards: $again" >&2
