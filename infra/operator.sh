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
# Settings are printed as `export` lines: eval "$(infra/operator.sh test open invite)".
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment='' action='' rights='' address='' group=''
passed=()
while (($#)); do
  case $1 in
    --address) address=$(value_of "$1" $# "${2:-}"); shift ;;
    --group) group=$(value_of "$1" $# "${2:-}"); shift ;;
    --set) override=$(value_of "$1" $# "${2:-}"); passed+=(--set "$override"); shift ;;
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
need az curl
az account show --output none 2>/dev/null || refuse "the Azure CLI is not signed in: az login"

deploy() { "$here/deploy.sh" "$environment" --yes --group "$group" --without-publishing "${passed[@]+"${passed[@]}"}" "$@" >&2; }

# Locks keep rights from being deleted too, so they are away for this moment; the deployment puts them back, whatever happens before.
if [[ $action == close ]]; then
  for lock in $(az lock list --resource-group "$group" --query "[?name=='keep'].id" --output tsv); do
    az lock delete --ids "$lock" --output none
  done
  closed=yes
  az stack group delete --resource-group "$group" --name operator-access --action-on-unmanage deleteResources --yes --output none || closed=no
  deploy
  [[ $closed == yes ]] || { echo "operator.sh: the firewall is closed, but rights are left: run this again" >&2; exit 1; }
  echo "Closed." >&2
  exit
fi

if az stack group show --resource-group "$group" --name operator-access --output none 2>/dev/null; then
  refuse "somebody is let in already: infra/operator.sh $environment close"
fi
address=${address:-$(curl --silent --show-error --fail --max-time 20 https://api.ipify.org)}
if [[ $(az account show --query user.type --output tsv) == user ]]; then
  principal=$(az ad signed-in-user show --query id --output tsv)
  type=User
else
  principal=$(az ad sp show --id "$(az account show --query user.name --output tsv)" --query id --output tsv)
  type=ServicePrincipal
fi
deploy --set "operatorAddress=$address"
az stack group create --resource-group "$group" --name operator-access --template-file "$here/operator.bicep" \
  --action-on-unmanage deleteResources --deny-settings-mode none --yes --output none --parameters \
  "principalId=$principal" "principalType=$type" "rights=$rights" "cosmosAccountName=$(output_of "$group" cosmosAccountName)" \
  "cosmosDatabase=$(output_of "$group" cosmosDatabase)" "keyVaultName=$(output_of "$group" keyVaultName)" \
  "queueStorageName=$(output_of "$group" queueStorageName)" "erasureStorageName=$(output_of "$group" erasureStorageName)" ||
  { deploy; echo "operator.sh: nobody was let in" >&2; exit 1; }

while read -r setting output; do
  printf 'export %s=%q\n' "$setting" "$(output_of "$group" "$output" </dev/null)"
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
echo "New rights take some minutes. Afterwards: infra/operator.sh $environment close --group $group" >&2
