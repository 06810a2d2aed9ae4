// The network of the functions: one subnet for them, one for private endpoints.

param name string
param location string
param tags object
param privateEndpoints bool

@description('Whether the functions go out through an address of their own.')
param ownOutboundAddress bool

var functionsPrefix = '10.71.0.0/26'
var endpointsPrefix = '10.71.0.64/27'
var serviceEndpoints = [
  { service: 'Microsoft.AzureCosmosDB' }
  { service: 'Microsoft.KeyVault' }
  { service: 'Microsoft.Storage' }
]

resource functionsRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: '${name}-functions'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'https-out'
        properties: {
          description: 'Services, tokens, telemetry and mail are all https.'
          priority: 100
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          // What publishes a package comes from addresses of the app that the subnet's prefix does not name
          // (Azure/azure-functions-host#10620).
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '443'
        }
      }
      {
        name: 'nothing-else-out'
        properties: {
          priority: 4000
          direction: 'Outbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'Internet'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource endpointsRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: '${name}-endpoints'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'functions-in'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: endpointsPrefix
          destinationPortRange: '443'
        }
      }
      {
        name: 'nothing-else-in'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource outboundAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (ownOutboundAddress) {
  name: '${name}-outbound'
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Regional' }
  properties: {
    publicIPAllocationMethod: 'Static'
    publicIPAddressVersion: 'IPv4'
  }
}

resource outbound 'Microsoft.Network/natGateways@2024-05-01' = if (ownOutboundAddress) {
  name: '${name}-outbound'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    idleTimeoutInMinutes: 4
    publicIpAddresses: [ { id: outboundAddress.id } ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [ '10.71.0.0/24' ] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: functionsPrefix
          networkSecurityGroup: { id: functionsRules.id }
          serviceEndpoints: privateEndpoints ? [] : serviceEndpoints
          // Tokens, telemetry and mail go to the internet. Said outright, since newer versions of this type make a subnet without a
          // route of its own private (learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access).
          defaultOutboundAccess: !ownOutboundAddress
          natGateway: ownOutboundAddress ? { id: outbound.id } : null
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointsPrefix
          networkSecurityGroup: { id: endpointsRules.id }
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
          defaultOutboundAccess: false
        }
      }
    ]
  }
}

module cosmosZone 'private-zone.bicep' = if (privateEndpoints) {
  name: 'zone-cosmos'
  params: { zoneName: 'privatelink.documents.azure.com', networkId: network.id, tags: tags }
}

module vaultZone 'private-zone.bicep' = if (privateEndpoints) {
  name: 'zone-vault'
  params: { zoneName: 'privatelink.vaultcore.azure.net', networkId: network.id, tags: tags }
}

module blobZone 'private-zone.bicep' = if (privateEndpoints) {
  name: 'zone-blob'
  params: { zoneName: 'privatelink.blob.${environment().suffixes.storage}', networkId: network.id, tags: tags }
}

module queueZone 'private-zone.bicep' = if (privateEndpoints) {
  name: 'zone-queue'
  params: { zoneName: 'privatelink.queue.${environment().suffixes.storage}', networkId: network.id, tags: tags }
}

module tableZone 'private-zone.bicep' = if (privateEndpoints) {
  name: 'zone-table'
  params: { zoneName: 'privatelink.table.${environment().suffixes.storage}', networkId: network.id, tags: tags }
}

output functionsSubnetId string = '${network.id}/subnets/functions'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
#disable-next-line BCP318
output cosmosZoneId string = privateEndpoints ? cosmosZone.outputs.id : ''
#disable-next-line BCP318
output vaultZoneId string = privateEndpoints ? vaultZone.outputs.id : ''
#disable-next-line BCP318
output blobZoneId string = privateEndpoints ? blobZone.outputs.id : ''
#disable-next-line BCP318
output queueZoneId string = privateEndpoints ? queueZone.outputs.id : ''
#disable-next-line BCP318
output tableZoneId string = privateEndpoints ? tableZone.outputs.id : ''
