// The database account of a restore drill: restored beside the one in use, made reachable for the operator alone, and deleted afterwards.
// A deployment stack (infra/restore-drill.sh), so that ending it removes the account. No program runs on it.
targetScope = 'resourceGroup'

@description('The restored account.')
param cosmosAccountName string

@description('Region of the account.')
param location string

@description('Whether the account that it was restored from is serverless.')
param cosmosServerless bool

@description('Most request units a second, as in the account that it was restored from.')
param cosmosMaxThroughput int = 1000

@description('The operator: object id of a user or service principal.')
param principalId string

@description('Address of the operator.')
param operatorAddress string

@description('Where requests are logged.')
param workspaceId string

module cosmos 'modules/cosmos.bicep' = {
  name: 'restore-drill'
  params: {
    accountName: cosmosAccountName
    location: location
    otherLocations: []
    regionCount: 1
    tags: { workload: 'finrust', environment: 'restore-drill' }
    zoneRedundant: false
    serverless: cosmosServerless
    maxThroughput: cosmosMaxThroughput
    expiry: false
    principalId: principalId
    functionsSubnetId: ''
    privateEndpoints: false
    publicAccess: 'Enabled'
    operatorAddress: operatorAddress
    deleteLock: false
    logRequests: true
    workspaceId: workspaceId
  }
}

output cosmosEndpoint string = cosmos.outputs.endpoint
