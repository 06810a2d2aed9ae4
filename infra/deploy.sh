#!/usr/bin/env bash
# Deploys FinRust to Azure: makes the resource group if there is none, shows what would change in it, changes it, publishes the program,
# and asks whether it works. Run it again at any time: what is as it should be stays.
#
# usage: infra/deploy.sh ENVIRONMENT [option]...
#   ENVIRONMENT              a parameter file of infra/environments, such as test or production
#   --yes                    neither show nor ask
#   --group NAME             resource group, default finrust-ENVIRONMENT
#   --location REGION        region of a resource group that has to be made, default westeurope
#   --set NAME=VALUE         a parameter other than in the file, such as a restored database account; repeatable
#   --package FILE           the zip to publish, default: the one that infra/package.sh makes
#   --without-publishing     leave the program that is there
#
# Azure refuses some steps for a while (roles that are not known everywhere yet, a control plane that is busy): they are tried again, with
# growing waits. Regions of the database are changed by steps of their own, since Azure takes no other change with them.
#
# Needs the Azure CLI, signed in (`az login`) as an owner of the resource group or subscription, and curl. FINRUST_ALERT_EMAIL says who
# is told when something is wrong.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment='' group='' location=westeurope package=''
ask=yes
overrides=() given=()
publish=yes
while (($#)); do
  case $1 in
    --yes) ask=no ;;
    --group) group=$(value_of "$1" $# "${2:-}"); shift ;;
    --location) location=$(value_of "$1" $# "${2:-}"); shift ;;
    --package) package=$(value_of "$1" $# "${2:-}"); shift ;;
    --set)
      override=$(value_of "$1" $# "${2:-}")
      check_override "$override"
      overrides+=("$override")
      given+=(--set "$override")
      shift ;;
    --without-publishing) publish=no ;;
    -*) refuse "unknown option $1" ;;
    *) [[ -z $environment ]] || refuse "one environment, not '$1' too"; environment=$1 ;;
  esac
  shift
done
[[ -n $environment ]] || refuse "usage: infra/deploy.sh ENVIRONMENT [--yes] [--set NAME=VALUE]..., see the head of the script"
check_environment "$environment"
[[ -z $package || -f $package ]] || refuse "there is no package $package"
need_alert_email
group=${group:-finrust-$environment}
need_azure

# Both need rights in the subscription, once; an owner of the resource group alone finds them done.
prepare_group() {
  local provider registered exists
  exists=$(az group exists --name "$group")
  if [[ $exists != true ]]; then
    az group create --name "$group" --location "$location" --tags workload=finrust "environment=$environment" --output none
  fi
  registered=$(az provider list --query "[?registrationState=='Registered'].namespace" --output tsv)
  for provider in Microsoft.App Microsoft.Web Microsoft.DocumentDB Microsoft.KeyVault Microsoft.Storage Microsoft.Communication \
    Microsoft.Network Microsoft.Insights Microsoft.OperationalInsights Microsoft.ManagedIdentity Microsoft.Consumption; do
    grep -qixF "$provider" <<<"$registered" ||
      az provider register --namespace "$provider" --wait
  done
}

# A vault that was deleted with its group keeps its name, and its keys, for 90 days.
recover_vault() {
  local vault vaults
  vaults=$(az keyvault list-deleted --resource-type vault --query "[?contains(properties.vaultId, '/resourceGroups/$group/')].name" --output tsv)
  for vault in $vaults; do
    echo "Recovering the deleted vault $vault"
    az keyvault recover --name "$vault" --resource-group "$group" --output none
  done
}

# A budget keeps the month that it began in; a new one cannot begin in the past.
budget_month() {
  local began id
  # Where this is called, an error ends nothing by itself.
  id=$(az group show --name "$group" --query id --output tsv) || return 1
  began=$(az rest --method get --url "$id/providers/Microsoft.Consumption/budgets?api-version=2023-11-01" \
    --query 'value[0].properties.timePeriod.startDate' --output tsv) || return 1
  [[ -z $began ]] || echo "budgetMonth=${began:0:7}"
}

# The database account that the last deployment was for, failed or not: after a restore, whoever does not name the restored one again means
# it nevertheless. Nothing before the first deployment, and where the file of the environment names one.
last_account() {
  local names
  ! grep -q '^param cosmosAccountName' "$here/environments/$environment.bicepparam" || return 0
  names=$(az deployment group list --resource-group "$group" \
    --query "[?name=='finrust'].properties.parameters.cosmosAccountName.value" --output tsv) || return 1
  [[ -z $names || $names == None ]] || echo "$names"
}

# The database account that is deployed to, if it is there: the one that the overrides name, or the one in use.
account_name() {
  local override which="tags.workload=='finrust' && tags.environment=='$environment'"
  for override in "$@"; do
    [[ $override != cosmosAccountName=* ]] || which="name=='${override#*=}'"
  done
  az cosmosdb list --resource-group "$group" --query "[?$which] | [0].name" --output tsv
}

# What the account has at the moment of what Azure changes in steps of their own: the deployment leaves it as it is.
present_account() {
  local account=$1
  az cosmosdb show --resource-group "$group" --name "$account" --output json --query "{locations: locations[].{locationName: \
locationName, failoverPriority: failoverPriority, isZoneRedundant: isZoneRedundant}, enableAutomaticFailover: enableAutomaticFailover, \
consistencyPolicy: {defaultConsistencyLevel: consistencyPolicy.defaultConsistencyLevel}}"
}

deploy() {
  local override month account present answer='' parameters=(--parameters "$here/environments/$environment.bicepparam")
  month=$(budget_month)
  [[ -z $month ]] || parameters+=(--parameters "$month")
  if [[ ${overrides[*]+ ${overrides[*]}} != *' cosmosAccountName='* ]]; then
    account=$(last_account)
    if [[ -n $account ]]; then
      echo "The database account is the one of the deployment before: $account"
      overrides+=("cosmosAccountName=$account")
    fi
  fi
  for override in "${overrides[@]+"${overrides[@]}"}"; do
    parameters+=(--parameters "$override")
  done
  account=$(account_name "${overrides[@]+"${overrides[@]}"}")
  if [[ -n $account && $account != None ]]; then
    present=$(present_account "$account")
    parameters+=(--parameters "presentAccount=$present")
  fi
  # Asked here and once: after a "no" the Azure CLI would end as after a deployment, and ask again with every try.
  if [[ $ask == yes ]]; then
    az deployment group what-if --resource-group "$group" --name finrust "${parameters[@]}"
    read -r -p "Deploy this to $group? Type yes: " answer || true
    [[ $answer == yes ]] || refuse "nothing was deployed"
  fi
  patiently "the deployment" az deployment group create --resource-group "$group" --name finrust "${parameters[@]}" --output none
}

# Regions, failover and consistency, each by itself and only when it differs. What is wanted is an output of the deployment.
settle_account() {
  local account wanted has zones region priority=0 locations=()
  account=$(output_of "$group" cosmosAccountName)
  wanted=$(output_of "$group" cosmosRegions)
  now() { az cosmosdb show --resource-group "$group" --name "$account" --query "$1" --output tsv; }
  has=$(now "join(' ', sort_by(locations, &failoverPriority)[].locationName)" | tr -d ' ' | tr '[:upper:]' '[:lower:]')
  if [[ $has != "${wanted// /}" ]]; then
    # A restored account may have no zones, and that cannot be changed: a new region is as the first one is.
    zones=$(now "sort_by(locations, &failoverPriority)[0].isZoneRedundant" | tr '[:upper:]' '[:lower:]')
    for region in $wanted; do
      locations+=(--locations "regionName=$region" "failoverPriority=$priority" "isZoneRedundant=${zones:-false}")
      priority=$((priority + 1))
    done
    echo "Regions of the database: $wanted"
    patiently "the change of regions" az cosmosdb update --resource-group "$group" --name "$account" "${locations[@]}" --output none
  fi
  if [[ $wanted == *' '* && $(now enableAutomaticFailover | tr '[:upper:]' '[:lower:]') != true ]]; then
    patiently "automatic failover" az cosmosdb update --resource-group "$group" --name "$account" --enable-automatic-failover true --output none
  fi
  if [[ $(now consistencyPolicy.defaultConsistencyLevel) != Strong ]]; then
    patiently "strong consistency" az cosmosdb update --resource-group "$group" --name "$account" --default-consistency-level Strong --output none
  fi
}

# Tools set these, empty, and the host then fails on them (Azure/azure-functions-host#11796).
remove_injected_settings() {
  local setting settings
  settings=$(az functionapp config appsettings list --resource-group "$group" --name "$app" \
    --query "[?name=='AzureWebJobsStorage' || name=='DEPLOYMENT_STORAGE_CONNECTION_STRING'].name" --output tsv)
  for setting in $settings; do
    echo "Removing the setting $setting, which a tool has added"
    az functionapp config appsettings delete --resource-group "$group" --name "$app" --setting-names "$setting" --output none
  done
}

# Whether what runs there cannot serve beside this version: its interface says so (docs/upgrades.md). Nobody answers where nothing was
# published yet. $1: where it would answer.
runs_alone() {
  local document version
  document=$(mktemp)
  curl --silent --max-time 60 --dump-header /dev/null --output "$document" --write-out '' "$1/api/openapi.json" || true
  version=$(sed -n 's/.*"title": *"FinRust".*"version": *"\([0-9][0-9.]*\)".*/\1/p' "$document")
  rm -f "$document"
  [[ -n $version ]] && ! is_at_least "$version" 1.1
}

# What was stopped is started again, whatever happens.
stopped=no
start() {
  local tries
  [[ $stopped == yes ]] || return 0
  for tries in 1 2 3 4 5; do
    if az functionapp start --resource-group "$group" --name "$app" --output none; then
      stopped=no
      return 0
    fi
    sleep $((tries * 5))
  done
  echo "deploy.sh: the app is stopped and does not start. Run this: az functionapp start --resource-group $group --name $app" >&2
  return 1
}
start_in_the_end() {
  local code=$?
  trap - EXIT INT TERM
  start || ((code)) || code=1
  exit "$code"
}

publish() { # where the app answers
  if [[ -z $package ]]; then
    "$here/package.sh"
    package=$here/../target/finrust.zip
  fi
  if runs_alone "$1"; then
    echo "deploy.sh: what runs there cannot serve beside this version (docs/upgrades.md). It is stopped: nobody can work until the package is there" >&2
    trap start_in_the_end EXIT
    trap 'exit 130' INT TERM
    # Noted first: an app whose stop was not answered may be stopped.
    stopped=yes
    az functionapp stop --resource-group "$group" --name "$app" --output none
  fi
  patiently "publishing" az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$package" --output none || {
    echo "deploy.sh: infra/runbooks/deploy.md says what helps (Publishing fails)" >&2
    exit 1
  }
  start
}

prepare_group
recover_vault
deploy
settle_account
app=$(output_of "$group" functionAppName)
remove_injected_settings
if [[ $publish == yes ]]; then
  address=$(output_of "$group" functionAppUrl)
  publish "$address"
  remove_injected_settings
  "$here/smoke.sh" "$address" --wait 600
fi
url=$(output_of "$group" url)
options=$(pasted --group "$group" "${given[@]+"${given[@]}"}")
cat <<END

FinRust answers at $url
The first officer is invited from a machine of yours, which is let in for that (USERNAME, ADDRESS and NAME are the officer's):
  export FINRUST_ALERT_EMAIL=$FINRUST_ALERT_EMAIL
  settings=\$(infra/operator.sh $environment open invite$options) && eval "\$settings" &&
    finrust invite --role officer --username USERNAME --email ADDRESS --name NAME
  infra/operator.sh $environment close$options
END
