// Three storage accounts, so that what is granted on one opens nothing in another: the host's own, the mail queue, the erasure log.

param hostName string
param queueName string
param erasureName string
param location string
param tags object
param zoneRedundant bool
param principalId string
param functionsSubnetId string
param privateEndpoints bool
param operatorAddress string
param erasureLogDays int
param erasureLogLocked bool
param deleteLock bool
param workspaceId string

var sku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
var subnetId = privateEndpoints ? '' : functionsSubnetId

var blobOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var tableContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var queueContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'

module hostAccount 'storage-account.bicep' = {
  name: 'storage-host'
  params: {
    name: hostName
    location: location
    tags: tags
    sku: sku
    containers: [ 'app-package' ]
    allowedSubnetId: ''
    allowedAddress: operatorAddress
    openToAll: !privateEndpoints
    keepDeleted: true
  }
}

module queueAccount 'storage-account.bicep' = {
  name: 'storage-queue'
  params: {
    name: queueName
    location: location
    tags: tags
    sku: sku
    // The host sets aside in the second what failed five times; made here, nobody has to be allowed to make queues.
    queues: [ 'mail', 'mail-poison' ]
    allowedSubnetId: subnetId
    allowedAddress: operatorAddress
    openToAll: false
    keepDeleted: false
  }
}

module erasureAccount 'storage-account.bicep' = {
  name: 'storage-erasures'
  params: {
    name: erasureName
    location: location
    tags: tags
    // Outlives its region: what was erased must be known wherever a backup is restored.
    sku: zoneRedundant ? 'Standard_GZRS' : 'Standard_GRS'
    containers: [ 'erasures' ]
    allowedSubnetId: subnetId
    allowedAddress: operatorAddress
    openToAll: false
    keepDeleted: true
  }
}

resource host 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostName
}

resource queues 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: queueName

  resource service 'queueServices' existing = {
    name: 'default'

    resource mail 'queues' existing = {
      name: 'mail'
    }

    resource poison 'queues' existing = {
      name: 'mail-poison'
    }
  }
}

resource erasures 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: erasureName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource log 'containers' existing = {
      name: 'erasures'
    }
  }
}

resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: host
  name: guid(host.id, principalId, blobOwner)
  dependsOn: [ hostAccount ]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobOwner)
  }
}

resource hostTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: host
  name: guid(host.id, principalId, tableContributor)
  dependsOn: [ hostAccount ]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableContributor)
  }
}

resource mailMessages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: queues::service::mail
  name: guid(queues::service::mail.id, principalId, queueContributor)
  dependsOn: [ queueAccount ]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueContributor)
  }
}

resource poisonMessages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: queues::service::poison
  name: guid(queues::service::poison.id, principalId, queueContributor)
  dependsOn: [ queueAccount ]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueContributor)
  }
}

// Not what is read: the host looks every few seconds.
resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queues::service
  name: 'logs'
  dependsOn: [ queueAccount ]
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

// Entries can be added and read, never changed or removed. Locking the policy cannot be taken back, so a person does it
// (infra/runbooks/deploy.md); from then on it cannot be written here either.
resource writeOnce 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = if (!erasureLogLocked) {
  parent: erasures::blobs::log
  name: 'default'
  dependsOn: [ erasureAccount ]
  properties: {
    immutabilityPeriodSinceCreationInDays: erasureLogDays
    allowProtectedAppendWrites: true
  }
}

resource appender 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'erasure log appender')
  properties: {
    roleName: 'FinRust erasure log appender (${resourceGroup().name} ${uniqueString(resourceGroup().id)})'
    description: 'Starts the erasure log, adds to it and reads it.'
    type: 'CustomRole'
    assignableScopes: [ resourceGroup().id ]
    permissions: [
      {
        dataActions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
        ]
      }
    ]
  }
}

resource appends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: erasures::blobs::log
  name: guid(erasures::blobs::log.id, principalId, appender.id)
  dependsOn: [ erasureAccount ]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', appender.name)
  }
}

resource erasureLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: erasures::blobs
  name: 'logs'
  dependsOn: [ erasureAccount ]
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: true }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

resource erasureLock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  scope: erasures
  name: 'keep'
  dependsOn: [ erasureAccount, appends ]
  properties: {
    level: 'CanNotDelete'
    notes: 'After a restore, this log says what must be erased again.'
  }
}

output hostName string = hostName
output hostAccountId string = hostAccount.outputs.id
output erasureAccountId string = erasureAccount.outputs.id
output packageContainerUrl string = '${hostAccount.outputs.blobUrl}app-package'
output queueServiceUrl string = queueAccount.outputs.queueUrl
output mailQueueUrl string = '${queueAccount.outputs.queueUrl}mail'
output queueAccountId string = queueAccount.outputs.id
output erasureLogUrl string = '${erasureAccount.outputs.blobUrl}erasures/log'
