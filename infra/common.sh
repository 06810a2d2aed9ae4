# What the scripts of this folder share; they read it, nobody runs it.
# shellcheck shell=bash

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# One clear line, and 2: nothing has been done.
refuse() {
  echo "${0##*/}: $*" >&2
  exit 2
}

# Whether there is a parameter file for the environment. $1: its name.
check_environment() {
  [[ $1 =~ ^[a-z][a-z0-9-]*$ ]] || refuse "the environment is a name such as test, not '$1'"
  [[ -f $here/environments/$1.bicepparam ]] || refuse "there is no infra/environments/$1.bicepparam"
}

# The value after an option, which must be there. $1: the option, $2: how many arguments are left, $3: the value.
value_of() {
  [[ $2 -ge 2 && -n $3 ]] || refuse "$1 needs a value"
  echo "$3"
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || refuse "$tool is not installed"
  done
}

# Whether $1 is at least $2; both are numbers with dots.
is_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1) == "$2" ]]; }

# The Azure CLI, new enough and signed in, with a compiler. What an old one lacks it would say after the first steps: overrides of a
# parameter file (2.54), deployment stacks (2.61), `cosmosdb restore --disable-ttl` (2.65). An older compiler than the one of infra/compile.sh may read them otherwise.
need_azure() {
  local version
  need az curl
  version=$(az version --query '"azure-cli"' --output tsv 2>/dev/null) || refuse "the Azure CLI does not say its version"
  is_at_least "$version" 2.65.0 || refuse "the Azure CLI is $version; 2.65.0 is needed: az upgrade"
  version=$(az bicep version 2>/dev/null | sed -n 's/.*version \([0-9][0-9.]*\).*/\1/p') || version=''
  [[ -n $version ]] || refuse "Bicep is not installed: az bicep install"
  is_at_least "$version" 0.49.0 || refuse "Bicep is $version; 0.49.0 is needed: az bicep upgrade"
  az account show --output none 2>/dev/null || refuse "the Azure CLI is not signed in: az login"
}

# Whoever deploys says who is told when something is wrong; asked for before anything is done.
need_alert_email() {
  [[ ${FINRUST_ALERT_EMAIL:-} =~ ^[^@[:space:]]+@[^@[:space:]]+$ ]] || refuse "FINRUST_ALERT_EMAIL must say who is told when something is wrong"
}

# NAME=VALUE for a parameter that the template has; `az` takes every value of a bool but `true` for false. $1: the override.
check_override() {
  local name=${1%%=*} value=${1#*=} kind
  [[ $1 =~ ^[A-Za-z]+=.*$ ]] || refuse "--set takes NAME=VALUE, not '$1'"
  kind=$(sed -n "s/^param $name \([a-z]*\).*/\1/p" "$here/main.bicep")
  [[ -n $kind ]] || refuse "there is no parameter $name"
  [[ $kind != bool || $value == true || $value == false ]] || refuse "$name is true or false, not '$value'"
}

# What Azure refuses only for a while: a control plane that is busy, roles and identities that are not known everywhere yet. As a code or a
# status, `(Conflict)`, `"code": "Conflict"`, `status code '409'`, and not as a word of some text.
passing='AnotherOperationInProgress|Conflict|PreconditionFailed|TooManyRequests|RoleDefinitionDoesNotExist|PrincipalNotFound|409|412|429'
# What asking again does not help against, though Azure wraps much of it in a Conflict.
lasting='AuthorizationFailed|InvalidTemplate|InvalidTemplateDeployment|RequestDisallowedByPolicy|QuotaExceeded|ScopeLocked|VaultAlreadyExists|StorageAccountAlreadyTaken'
says() { grep -qE "(\\(|[Cc]ode[\"':\\ ]+|[Ss]tatus( [Cc]ode)?[\"':\\ ]+|HTTP )($1)([^A-Za-z0-9_]|\$)" "$2"; }

# Runs a command that may be run again, until it is taken, with growing waits. $1: what it is called, then the command.
patiently() {
  local what=$1 wait said
  said=$(mktemp)
  shift
  for wait in 20 60 120 240 0; do
    # Read while it is said, not after the end: what it does may take half an hour.
    if { "$@" 2>&1 >&3 3>&- | tee "$said" >&2 3>&-; } 3>&1; then
      rm -f "$said"
      return 0
    fi
    if ((wait == 0)) || says "$lasting" "$said" || ! says "$passing" "$said"; then
      break
    fi
    echo "${0##*/}: Azure is not ready for $what; once more in $wait s" >&2
    sleep "$wait"
  done
  rm -f "$said"
  echo "${0##*/}: $what failed" >&2
  return 1
}

# Words as they can be pasted, with a blank before each.
pasted() { (($# == 0)) || printf ' %q' "$@"; }

# The command that deploys what a script is about. $1: resource group.
deploying() { echo "FINRUST_ALERT_EMAIL=${FINRUST_ALERT_EMAIL:-you@example.nl} infra/deploy.sh ${environment:-test}$(pasted --group "$1")"; }

# An output of the last deployment, which must have succeeded. $1: resource group, $2: its name.
output_of() {
  local state value
  state=$(az deployment group show --resource-group "$1" --name finrust --query properties.provisioningState --output tsv) ||
    { echo "${0##*/}: $1 has no deployment finrust: $(deploying "$1")" >&2; return 1; }
  [[ $state == Succeeded ]] || { echo "${0##*/}: the last deployment of $1 is ${state:-of no state}: $(deploying "$1")" >&2; return 1; }
  value=$(az deployment group show --resource-group "$1" --name finrust --query "properties.outputs.$2.value" --output tsv) || return 1
  [[ -n $value && $value != None ]] || { echo "${0##*/}: the last deployment of $1 says no $2" >&2; return 1; }
  echo "$value"
}
