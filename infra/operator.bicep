// What an operator may do from an own machine for a while: a deployment stack, so that closing removes what opening added.
targetScope = 'resourceGroup'

@description('The operator: object id of a user or service principal.')
param principalId string

@description('User or ServicePrincipal.')
param principalType string

@description('invite: make accounts, mail invitations, rewrap data keys; verify: open and check every document; restore: also erase again.')
@allowed([ 'invite', 'verify', 'restore' ])
param rights string

param cosmosAccountName string
param cosmosDatabase string
param keyVaultName string
param queueStorageName string
param erasureStorageName string

var mayInvite = rights == 'invite'
var onlyReads = rights == 'verify'
var cryptoServiceEncryptionUser = 'e147488a-f6f5-4113-8e2d-b22465e65bf6'
var queueSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
var blobReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var reader = '00000000-0000-0000-0000-000000000001'
var everywhere = [ 'identities', 'clients', 'keys', 'register' ]
// An invitation needs accounts and keys. Without `clients`, nobody who holds it opens a client file.
var forInvitations = [ 'identities', 'keys' ]
var containers = mayInvite ? forInvitations : everywhere

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: cosmosAccountName
}

resource key 'Microsoft.KeyVault/vaults/keys@2024-11-01' existing = {
  name: '${keyVaultName}/key-encryption-key'
}

resource mail 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = {
  name: '${queueStorageName}/default/mail'
}

resource erasures 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  name: '${erasureStorageName}/default/erasures'
}

// The program's own role in the container, or to verify the built-in reader.
@batchSize(1)
resource documents 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [for container in containers: {
  parent: account
  name: guid(account.id, principalId, rights, container)
  properties: {
    principalId: principalId
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${onlyReads ? reader : guid(account.id, 'container', container)}'
    scope: '${account.id}/dbs/${cosmosDatabase}/colls/${container}'
  }
}]

resource keys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: key
  name: guid(key.id, principalId, 'operator')
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cryptoServiceEncryptionUser)
  }
}

resource messages 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mayInvite) {
  scope: mail
  name: guid(mail.id, principalId, 'operator')
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueSender)
  }
}

resource erasureLog 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!mayInvite) {
  scope: erasures
  name: guid(erasures.id, principalId, 'operator')
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobReader)
  }
}
