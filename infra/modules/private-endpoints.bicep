// All private endpoints, one after the other: a subnet takes one change at a time (AnotherOperationInProgress otherwise).

param location string
param tags object
param subnetId string

@description('Services that get one: { name, serviceId, groupId, zoneId } each.')
param services array

@batchSize(1)
module endpoints 'private-endpoint.bicep' = [for service in services: {
  name: 'endpoint-${service.name}'
  params: {
    name: service.name
    location: location
    tags: tags
    subnetId: subnetId
    serviceId: service.serviceId
    groupId: service.groupId
    zoneId: service.zoneId
  }
}]
