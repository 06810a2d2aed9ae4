// The key-encryption key: an RSA key in an HSM, which the program may use for wrapping and nothing else.

param name string
param location string
param tags object
param principalId string
param functionsSubnetId string
param privateEndpoints bool

@description('Enabled: the firewall lets in the subnet of the functions or the address of an operator, and nobody else.')
param publicAccess string = 'Disabled'
param operatorAddress string
param deleteLock bool
param workspaceId string

var keyName = 'key-encryption-key'
var cryptoServiceEncryptionUser = 'e147488a-f6f5-4113-8e2d-b22465e65bf6'
var subnetRules = privateEndpoints ? [] : [ { id: functionsSubnetId, ignoreMissingVnetServiceEndpoint: false } ]
var addressRules = empty(operatorAddress) ? [] : [ { value: operatorAddress } ]

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'premium' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: publicAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Deny'
      virtualNetworkRules: subnetRules
      ipRules: addressRules
    }
  }
}

// A new version each year; `finrust rewrap` moves data keys to it. A version that has expired still unwraps, so none is ever lost
// while a backup needs it, but it wraps no more: whoever has not rotated by then is stopped.
resource key 'Microsoft.KeyVault/vaults/keys@2024-11-01' = {
  parent: vault
  name: keyName
  tags: tags
  properties: {
    kty: 'RSA-HSM'
    keySize: 3072
    keyOps: [ 'wrapKey', 'unwrapKey' ]
    rotationPolicy: {
      attributes: { expiryTime: 'P2Y' }
      lifetimeActions: [
        { trigger: { timeAfterCreate: 'P1Y' }, action: { type: 'rotate' } }
        { trigger: { timeBeforeExpiry: 'P60D' }, action: { type: 'notify' } }
      ]
    }
  }
}

resource wraps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: key
  name: guid(key.id, principalId, cryptoServiceEncryptionUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cryptoServiceEncryptionUser)
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [ { category: 'AuditEvent', enabled: true } ]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  scope: vault
  name: 'keep'
  dependsOn: [ wraps ]
  properties: {
    level: 'CanNotDelete'
    notes: 'Without this key no client file opens, in no backup either.'
  }
}

output id string = vault.id
output keyUrl string = '${vault.properties.vaultUri}keys/${keyName}'
