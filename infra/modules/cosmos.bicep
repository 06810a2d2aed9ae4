// The database: four containers, continuous backup, and a role for each container with what the program does there and no more.

param accountName string
param location string
@description('The two other regions, or none: strong consistency over two stops writing when either is lost.')
param otherLocations array

@description('One region or three. A deployment with two is refused: strong consistency over two regions stops writing when either is lost.')
@allowed([ 1, 3 ])
param regionCount int
param tags object

@description('What the account has of what Azure changes in steps of their own; empty for a new one.')
param present object = {}
param zoneRedundant bool
param serverless bool
param maxThroughput int

@description('Whether documents go when their time is over: not while a restored account is looked through.')
param expiry bool
param principalId string

@description('Whether the program may do in each container whatever can be done with documents: the fallback, if the service checks a batch for more than its operations.')
param wideRights bool = false
param functionsSubnetId string
param privateEndpoints bool

@description('Enabled: the firewall lets in the subnet of the functions or the address of an operator, and nobody else.')
param publicAccess string = 'Disabled'
param operatorAddress string
param deleteLock bool
param logRequests bool
param workspaceId string

var databaseName = 'finrust'
var items = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items'

// What every part of the program does everywhere. The SDK asks for the metadata.
var reading = [
  'Microsoft.DocumentDB/databaseAccounts/readMetadata'
  'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery'
  '${items}/read'
]

// The fallback.
var everything = [ '${items}/create', '${items}/replace', '${items}/upsert', '${items}/delete' ]

// tests/infra compares these with the operations in handlers/.
var containers = [
  { name: 'identities', writing: [ '${items}/create', '${items}/replace', '${items}/delete' ] }
  { name: 'clients', writing: [ '${items}/create', '${items}/replace', '${items}/upsert', '${items}/delete' ] }
  { name: 'keys', writing: [ '${items}/create', '${items}/replace' ] }
  { name: 'register', writing: [ '${items}/create', '${items}/replace' ] }
]

var regions = serverless || regionCount == 1 ? [ location ] : concat([ location ], otherLocations)
var wantedLocations = [for (region, index) in regions: {
  locationName: region
  failoverPriority: index
  isZoneRedundant: zoneRedundant
}]
var subnetRules = privateEndpoints || empty(functionsSubnetId) ? [] : [ { id: functionsSubnetId, ignoreMissingVNetServiceEndpoint: false } ]
var addressRules = empty(operatorAddress) ? [] : [ { ipAddressOrRange: operatorAddress } ]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  // checkov:skip=CKV_AZURE_100:Every document is sealed in the program under keys of the own vault; a second customer-managed key would add a way to lose all.
  name: accountName
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    // Regions, failover and consistency are three changes to Azure, which takes no other with them. So a new account is made as it is
    // meant to be, an account that is there keeps what it has, and infra/deploy.sh changes it afterwards.
    locations: contains(present, 'locations') ? present.locations : wantedLocations
    enableAutomaticFailover: contains(present, 'enableAutomaticFailover') ? present.enableAutomaticFailover : length(regions) > 1
    enableMultipleWriteLocations: false
    // Strong, whatever the SDK and the gateway make of the level that a request asks for: what one instance has acknowledged, another
    // reads. Over three regions a lost one takes no acknowledged write with it and stops none; over two it would stop them all.
    consistencyPolicy: contains(present, 'consistencyPolicy') ? present.consistencyPolicy : { defaultConsistencyLevel: 'Strong' }
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: 'Continuous30Days' }
    }
    capabilities: serverless ? [ { name: 'EnableServerless' } ] : []
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicAccess
    networkAclBypass: 'None'
    isVirtualNetworkFilterEnabled: true
    virtualNetworkRules: subnetRules
    ipRules: addressRules
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: databaseName
  properties: {
    resource: { id: databaseName }
    options: serverless ? {} : { autoscaleSettings: { maxThroughput: maxThroughput } }
  }
}

// The control plane of an account takes one write at a time (412 and 429 otherwise), so everything below waits for the one before.
// Indexed is what listings need (handlers/adapters/cosmos/query.rs): everything else is sealed and would cost with every write.
@batchSize(1)
resource databaseContainers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = [for container in containers: {
  parent: database
  name: container.name
  properties: {
    resource: {
      id: container.name
      partitionKey: { paths: [ '/partition' ], kind: 'Hash', version: 2 }
      // On, for documents that say themselves when they end.
      defaultTtl: expiry ? -1 : null
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [ { path: '/id/?' }, { path: '/partition/?' } ]
        excludedPaths: [ { path: '/*' }, { path: '/"_etag"/?' } ]
        compositeIndexes: [ [ { path: '/partition', order: 'ascending' }, { path: '/id', order: 'ascending' } ] ]
      }
    }
  }
}]

@batchSize(1)
resource roles 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-04-15' = [for container in containers: {
  parent: account
  name: guid(account.id, 'container', container.name)
  dependsOn: [ databaseContainers ]
  properties: {
    roleName: 'FinRust ${container.name}'
    type: 'CustomRole'
    assignableScopes: [ account.id ]
    permissions: [ { dataActions: concat(reading, wideRights ? everything : container.writing) } ]
  }
}]

@batchSize(1)
resource assignments 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [for (container, index) in containers: {
  parent: account
  name: guid(account.id, principalId, container.name)
  dependsOn: [ roles ]
  properties: {
    principalId: principalId
    roleDefinitionId: roles[index].id
    scope: '${account.id}/dbs/${databaseName}/colls/${container.name}'
  }
}]

// Who asked for what, by identity and address: what a breach is judged by. Queries appear without their parameters.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'ControlPlaneRequests', enabled: true }
      { category: 'DataPlaneRequests', enabled: logRequests }
    ]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  scope: account
  name: 'keep'
  dependsOn: [ assignments ]
  properties: {
    level: 'CanNotDelete'
    notes: 'Client files. Backups die with the account.'
  }
}

output id string = account.id
output endpoint string = account.properties.documentEndpoint
output databaseName string = databaseName
output wantedRegions string = join(regions, ' ')
