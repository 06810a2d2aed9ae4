// A storage account without shared keys and without public blobs, with its containers and queues.

param name string
param location string
param tags object
param sku string
param containers array = []
param queues array = []

@description('Subnet that the firewall lets in, or empty.')
param allowedSubnetId string

@description('Address that the firewall lets in, or empty.')
param allowedAddress string

@description('Whether every network may ask, with a token; for what holds no data.')
param openToAll bool

@description('Whether deleted blobs can be brought back for a week.')
param keepDeleted bool

var subnetRules = empty(allowedSubnetId) ? [] : [ { id: allowedSubnetId, action: 'Allow' } ]
var addressRules = empty(allowedAddress) ? [] : [ { value: allowedAddress, action: 'Allow' } ]
var isClosed = !openToAll && empty(allowedSubnetId) && empty(allowedAddress)

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  // checkov:skip=CKV_AZURE_35:Denied but for one account without data, the package of the test environment.
  // checkov:skip=CKV_AZURE_43:The name is a parameter that checkov cannot see; main.bicep makes it of lower-case letters and digits.
  // checkov:skip=CKV_AZURE_206:The kind is a parameter: across regions for the erasure log; a package, leases and mails under way need not outlive theirs.
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: isClosed ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: openToAll ? 'Allow' : 'Deny'
      virtualNetworkRules: subnetRules
      ipRules: addressRules
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: keepDeleted ? { enabled: true, days: 7 } : { enabled: false }
    containerDeleteRetentionPolicy: keepDeleted ? { enabled: true, days: 7 } : { enabled: false }
  }
}

@batchSize(1)
resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [for container in containers: {
  parent: blobs
  name: container
  properties: { publicAccess: 'None' }
}]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

@batchSize(1)
resource accountQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [for queue in queues: {
  parent: queueService
  name: queue
}]

output id string = account.id
output blobUrl string = account.properties.primaryEndpoints.blob
output queueUrl string = account.properties.primaryEndpoints.queue
