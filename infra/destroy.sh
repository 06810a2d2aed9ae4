#!/usr/bin/env bash
# Deletes an environment with all that is in it. Never production.
#
# usage: infra/destroy.sh ENVIRONMENT [--yes] [--group NAME]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment='' group='' sure=no
while (($#)); do
  case $1 in
    --yes) sure=yes ;;
    --group) group=$(value_of "$1" $# "${2:-}"); shift ;;
    -*) refuse "unknown option $1" ;;
    *) [[ -z $environment ]] || refuse "one environment, not '$1' too"; environment=$1 ;;
  esac
  shift
done
[[ -n $environment ]] || refuse "usage: infra/destroy.sh ENVIRONMENT [--yes] [--group NAME]"
check_environment "$environment"
group=${group:-finrust-$environment}
[[ ${environment,,} != *prod* && ${group,,} != *prod* ]] || refuse "production is not destroyed by a script"
need_azure

# The tag decides, whatever the names say: a group that is not tagged as this environment stays.
tag=$(az group show --name "$group" --query tags.environment --output tsv 2>/dev/null) || refuse "there is no resource group $group"
[[ $tag == "$environment" ]] || refuse "the resource group $group is tagged '$tag', not '$environment'"
[[ -z $(az lock list --resource-group "$group" --query '[].name' --output tsv) ]] || refuse "there are delete locks in $group"

if [[ $sure != yes ]]; then
  read -r -p "Delete the resource group $group with all that is in it? Type its name: " answer
  [[ $answer == "$group" ]] || refuse "nothing was deleted"
fi

# Roles outlive their group, and an entry of the erasure log would keep its account for days.
roles=$(az role definition list --custom-role-only true --resource-group "$group" --query "[?starts_with(roleName, 'FinRust')].name" --output tsv)
log=$(output_of "$group" erasureStorageName || true)
if [[ -n $log ]]; then
  etag=$(az storage container immutability-policy show --account-name "$log" --container-name erasures --query etag --output tsv)
  [[ -z $etag ]] || az storage container immutability-policy delete --account-name "$log" --container-name erasures --if-match "$etag" --output none
fi
az stack group delete --resource-group "$group" --name operator-access --action-on-unmanage deleteResources --yes --output none || true
az group delete --name "$group" --yes
for role in $roles; do
  az role definition delete --name "$role" --custom-role-only true || echo "destroy.sh: the role $role is still there" >&2
done
echo "Deleted. The vault and its key can be recovered for 90 days, and the next deployment to $group does so."
