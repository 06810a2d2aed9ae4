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

# An output of the last deployment. $1: resource group, $2: its name.
output_of() {
  az deployment group show --resource-group "$1" --name finrust --query "properties.outputs.$2.value" --output tsv
}
