// FinRust in one resource group: `infra/deploy.sh ENVIRONMENT` deploys it, as often as wanted.
//
// Nothing here has a key or a connection string: one user-assigned identity is let in everywhere, each time at the
// narrowest scope there is. Syntax is kept to what checkov's parser reads (infra/check.sh); tests/infra compares names with facts.
targetScope = 'resourceGroup'

@description('Start of all names; with the resource group it makes them unique.')
@minLength(3)
@maxLength(7)
param name string = 'finrust'

@description('Which environment this is; a tag of every resource, and part of names that take no more letters than this.')
@maxLength(22)
param environmentName string

@description('Region of everything that has one.')
param location string = resourceGroup().location

@description('The two other regions of the database, or none. A write is acknowledged when a majority of three has it, so a lost region loses and stops nothing. Two regions in all would stop writing when either is lost, and are refused.')
param otherLocations array = []

@description('Whether database, storage and the plan spread over the zones of their region.')
param zoneRedundant bool = false

@description('Private endpoints for database, vault and storage. Without them, firewalls let in the subnet of the functions only.')
param privateEndpoints bool = true

@description('Whether the functions go out through an address of their own (a NAT gateway, some 35 dollars a month), rather than one that Azure picks and may take away.')
param ownOutboundAddress bool = false

@description('Address from which an operator may reach database, vault and queue, or empty. Closed by the next deployment without it.')
param operatorAddress string = ''

@description('Delete locks on the database account, the vault and the erasure log.')
param deleteLocks bool = true

@description('Database account. After a restore: the name of the restored one.')
param cosmosAccountName string = '${name}-${environmentName}-${uniqueString(resourceGroup().id)}'

@description('Regions, failover and consistency that the account has at the moment: Azure changes each by itself, and infra/deploy.sh does. Empty for a new account.')
param presentAccount object = {}

@description('Serverless database: cheapest for little traffic, one region only.')
param cosmosServerless bool = false

@description('Most request units a second, shared by the containers; scaled down to a tenth of it.')
@minValue(1000)
param cosmosMaxThroughput int = 1000

@description('Whether documents go when their time is over. Off until a restored account was looked through (infra/runbooks/restore.md).')
param cosmosExpiry bool = true

@description('Whether the program may do in each container whatever can be done with documents. Off: what it does there and no more. Only if batches are refused with 403 (infra/runbooks/first-deployment.md): nobody has said which rights the service checks a batch for.')
param cosmosWideRights bool = false

@description('Vault of the key-encryption key.')
@maxLength(24)
param keyVaultName string = '${name}kv${uniqueString(resourceGroup().id)}'

@description('Storage account of the Functions host: its leases and the package.')
@maxLength(24)
param hostStorageName string = '${name}host${uniqueString(resourceGroup().id)}'

@description('Storage account of the mail queue.')
@maxLength(24)
param queueStorageName string = '${name}mail${uniqueString(resourceGroup().id)}'

@description('Storage account of the erasure log.')
@maxLength(24)
param erasureStorageName string = '${name}eras${uniqueString(resourceGroup().id)}'

@description('Days for which an entry of the erasure log can be neither changed nor deleted: longer than any backup lives.')
@minValue(1)
param erasureLogDays int = 400

@description('Whether the write-once policy of the erasure log is locked. It cannot be written any more then.')
param erasureLogLocked bool = false

@description('Function app; its address is https://NAME.azurewebsites.net.')
param functionAppName string = '${name}-${environmentName}-${uniqueString(resourceGroup().id)}'

@description('Origin that browsers and mails use, or empty for the function app\'s own.')
param publicUrl string = ''

@description('Header in which the platform\'s front end writes the client\'s address, over whatever the client sent.')
param clientIpHeader string = 'CLIENT-IP'

@description('Id of the Front Door in front of the app (what it sends as X-Azure-FDID): its X-Azure-ClientIP counts then. Empty without one.')
param frontDoorId string = ''

@description('Sign-ins of unknown browsers from one address at once; one more every second after that.')
@minValue(10)
@maxValue(1000)
param signInsPerAddress int = 60

@description('Sign-ins of all unknown browsers together, per second and instance.')
@minValue(10)
@maxValue(2000)
param signInsPerSecond int = 200

@description('Requests for a new password from one address at once; one more every minute after that.')
@minValue(5)
@maxValue(200)
param resetsPerAddress int = 20

@description('Instances kept warm for requests; two or more when zone-redundant.')
param alwaysReady int = 0

@description('Most instances.')
param maximumInstances int = 40

@description('Memory of an instance; 2048 comes with one core.')
@allowed([ 512, 2048, 4096 ])
param instanceMemoryMB int = 2048

@description('Own mail domain, or empty to send from one that Azure gives.')
param mailDomain string = ''

@description('Whether the DNS records of the own mail domain are verified; before that it cannot be linked.')
param mailDomainVerified bool = false

@description('Sender before the @ of the own mail domain.')
param mailSender string = 'noreply'

@description('Who is mailed when something is wrong or costs too much.')
param alertEmails array

@description('Days for which logs are kept.')
@minValue(30)
param logRetentionDays int = 90

@description('Whether every request to the database is logged: about a kilobyte each.')
param logDatabaseRequests bool = true

@description('Most gigabytes of logs a day; more is not taken. -1: no limit.')
param logDailyQuotaGb int = -1

@description('Budget of a month, in the currency of the subscription.')
param monthlyBudget int

@description('Month from which the budget counts; it cannot lie in the past.')
param budgetMonth string = utcNow('yyyy-MM')

var tags = { workload: name, environment: environmentName }
// Not named like the parameter that it is for: checkov mixes up what has the same name in two files.
// With private endpoints database and vault have no public side at all, but while an operator is let in.
var dataAccess = privateEndpoints && empty(operatorAddress) ? 'Disabled' : 'Enabled'
var appUrl = 'https://${functionAppName}.azurewebsites.net'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-${environmentName}'
  location: location
  tags: tags
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: '${name}-${environmentName}'
    location: location
    tags: tags
    privateEndpoints: privateEndpoints
    ownOutboundAddress: ownOutboundAddress
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: '${name}-${environmentName}'
    location: location
    tags: tags
    healthUrl: '${appUrl}/api/health'
    principalId: identity.properties.principalId
    alertEmails: alertEmails
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    monthlyBudget: monthlyBudget
    budgetStart: '${budgetMonth}-01T00:00:00Z'
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    hostName: hostStorageName
    queueName: queueStorageName
    erasureName: erasureStorageName
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    principalId: identity.properties.principalId
    functionsSubnetId: network.outputs.functionsSubnetId
    privateEndpoints: privateEndpoints
    operatorAddress: operatorAddress
    erasureLogDays: erasureLogDays
    erasureLogLocked: erasureLogLocked
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

module cosmos 'modules/cosmos.bicep' = {
  name: 'cosmos'
  params: {
    accountName: cosmosAccountName
    location: location
    otherLocations: otherLocations
    regionCount: any(length(otherLocations) + 1)
    tags: tags
    zoneRedundant: zoneRedundant
    present: presentAccount
    serverless: cosmosServerless
    maxThroughput: cosmosMaxThroughput
    expiry: cosmosExpiry
    wideRights: cosmosWideRights
    principalId: identity.properties.principalId
    functionsSubnetId: network.outputs.functionsSubnetId
    privateEndpoints: privateEndpoints
    publicAccess: dataAccess
    operatorAddress: operatorAddress
    deleteLock: deleteLocks
    logRequests: logDatabaseRequests
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  params: {
    name: keyVaultName
    location: location
    tags: tags
    principalId: identity.properties.principalId
    functionsSubnetId: network.outputs.functionsSubnetId
    privateEndpoints: privateEndpoints
    publicAccess: dataAccess
    operatorAddress: operatorAddress
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (privateEndpoints) {
  name: 'private-endpoints'
  params: {
    location: location
    tags: tags
    subnetId: network.outputs.endpointsSubnetId
    services: [
      { name: '${cosmosAccountName}-sql', serviceId: cosmos.outputs.id, groupId: 'Sql', zoneId: network.outputs.cosmosZoneId }
      { name: '${keyVaultName}-vault', serviceId: keyVault.outputs.id, groupId: 'vault', zoneId: network.outputs.vaultZoneId }
      { name: '${hostStorageName}-blob', serviceId: storage.outputs.hostAccountId, groupId: 'blob', zoneId: network.outputs.blobZoneId }
      { name: '${hostStorageName}-queue', serviceId: storage.outputs.hostAccountId, groupId: 'queue', zoneId: network.outputs.queueZoneId }
      { name: '${hostStorageName}-table', serviceId: storage.outputs.hostAccountId, groupId: 'table', zoneId: network.outputs.tableZoneId }
      { name: '${queueStorageName}-queue', serviceId: storage.outputs.queueAccountId, groupId: 'queue', zoneId: network.outputs.queueZoneId }
      { name: '${erasureStorageName}-blob', serviceId: storage.outputs.erasureAccountId, groupId: 'blob', zoneId: network.outputs.blobZoneId }
    ]
  }
}

module mail 'modules/mail.bicep' = {
  name: 'mail'
  params: {
    name: '${name}-${environmentName}-${uniqueString(resourceGroup().id)}'
    tags: tags
    domainName: mailDomain
    domainVerified: mailDomainVerified
    sender: mailSender
    principalId: identity.properties.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  dependsOn: [ endpoints ]
  params: {
    name: functionAppName
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    alwaysReady: alwaysReady
    maximumInstances: maximumInstances
    instanceMemoryMB: instanceMemoryMB
    identityId: identity.id
    identityClientId: identity.properties.clientId
    subnetId: network.outputs.functionsSubnetId
    insightsConnection: monitoring.outputs.applicationInsightsConnection
    hostStorageName: storage.outputs.hostName
    packageContainerUrl: storage.outputs.packageContainerUrl
    queueServiceUrl: storage.outputs.queueServiceUrl
    publicUrl: empty(publicUrl) ? appUrl : publicUrl
    clientIpHeader: clientIpHeader
    frontDoorId: frontDoorId
    signInsPerAddress: signInsPerAddress
    signInsPerSecond: signInsPerSecond
    resetsPerAddress: resetsPerAddress
    cosmosEndpoint: cosmos.outputs.endpoint
    cosmosDatabase: cosmos.outputs.databaseName
    cosmosRegion: location
    keyUrl: keyVault.outputs.keyUrl
    mailQueueUrl: storage.outputs.mailQueueUrl
    mailEndpoint: mail.outputs.endpoint
    mailFrom: mail.outputs.from
    erasureLogUrl: storage.outputs.erasureLogUrl
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    actionGroupId: monitoring.outputs.actionGroupId
    availabilityTestId: monitoring.outputs.availabilityTestId
    cosmosAccountId: cosmos.outputs.id
    keyVaultId: keyVault.outputs.id
    functionAppId: functionApp.outputs.id
    storageQueueAccountId: storage.outputs.queueAccountId
  }
}

@description('Where the program answers.')
output url string = empty(publicUrl) ? appUrl : publicUrl

@description('Where the function app answers, whatever domain stands before it.')
output functionAppUrl string = appUrl

output functionAppName string = functionAppName
output cosmosAccountName string = cosmosAccountName
output cosmosEndpoint string = cosmos.outputs.endpoint
output cosmosDatabase string = cosmos.outputs.databaseName
output cosmosRegion string = location

@description('Regions that the database is meant to have, in the order of failover.')
output cosmosRegions string = cosmos.outputs.wantedRegions

output workspaceId string = monitoring.outputs.workspaceId
output keyVaultName string = keyVaultName
output keyUrl string = keyVault.outputs.keyUrl
output queueStorageName string = queueStorageName
output mailQueueUrl string = storage.outputs.mailQueueUrl
output mailEndpoint string = mail.outputs.endpoint
output mailFrom string = mail.outputs.from
output erasureStorageName string = erasureStorageName
output erasureLogUrl string = storage.outputs.erasureLogUrl

@description('DNS records that verify the own mail domain; empty without one.')
output mailDomainRecords object = mail.outputs.domainRecords
