// The program: a custom handler on Flex Consumption.

param name string
param location string
param tags object
param zoneRedundant bool
param alwaysReady int
param maximumInstances int
param instanceMemoryMB int
param identityId string
param identityClientId string
param subnetId string
param insightsConnection string
param hostStorageName string
param packageContainerUrl string
param queueServiceUrl string
param publicUrl string
param clientIpHeader string
param frontDoorId string
param signInsPerAddress int
param signInsPerSecond int
param resetsPerAddress int
param cosmosEndpoint string
param cosmosDatabase string
param cosmosRegion string
param keyUrl string
param mailQueueUrl string
param mailEndpoint string
param mailFrom string
param erasureLogUrl string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  // checkov:skip=CKV_AZURE_225:Zones are a parameter: on in production, off where it should cost nothing.
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  // checkov:skip=CKV_AZURE_17:Browsers of advisers have no certificates; they sign in with a password and a second factor.
  // checkov:skip=CKV_AZURE_212:Flex Consumption scales by itself; instances kept ready are a parameter.
  // checkov:skip=CKV_AZURE_213:Flex Consumption has no health check path; the availability test of monitoring.bicep asks /api/health.
  // checkov:skip=CKV_AZURE_222:It is the public website.
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    clientAffinityEnabled: false
    virtualNetworkSubnetId: subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'custom', version: '1.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady > 0 ? [ { name: 'http', instanceCount: alwaysReady } ] : []
        triggers: { http: { perInstanceConcurrency: 32 } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      ftpsState: 'Disabled'
      appSettings: [
        { name: 'AzureWebJobsStorage__accountName', value: hostStorageName }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identityClientId }
        { name: 'AzureWebJobsDisableHomepage', value: 'true' }
        // The program refuses bodies above 1 MiB, with an answer that says so; above this the host answers an empty 500 instead. The
        // program reads up to 48 MiB to their end before it answers.
        { name: 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT', value: '33554432' }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insightsConnection }
        { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${identityClientId};Authorization=AAD' }
        { name: 'MailQueue__queueServiceUri', value: queueServiceUrl }
        { name: 'MailQueue__credential', value: 'managedidentity' }
        { name: 'MailQueue__clientId', value: identityClientId }
        // The SDK would look for a newer gateway behind port 10250, which the firewalls here let nobody reach, at every start.
        { name: 'AZURE_COSMOS_CONNECTION_POOL_GATEWAY_V2_DISABLED', value: 'true' }
        { name: 'FINRUST_PUBLIC_URL', value: publicUrl }
        { name: 'FINRUST_HAND_OVER_WAIT', value: '48h' }
        { name: 'FINRUST_CLIENT_IP_HEADER', value: clientIpHeader }
        { name: 'FINRUST_FRONT_DOOR_ID', value: frontDoorId }
        { name: 'FINRUST_SIGN_INS_PER_ADDRESS', value: string(signInsPerAddress) }
        { name: 'FINRUST_SIGN_INS_PER_SECOND', value: string(signInsPerSecond) }
        { name: 'FINRUST_RESETS_PER_ADDRESS', value: string(resetsPerAddress) }
        { name: 'FINRUST_IDENTITY_CLIENT_ID', value: identityClientId }
        { name: 'FINRUST_COSMOS_ENDPOINT', value: cosmosEndpoint }
        { name: 'FINRUST_COSMOS_DATABASE', value: cosmosDatabase }
        { name: 'FINRUST_COSMOS_REGION', value: cosmosRegion }
        { name: 'FINRUST_KEY_VAULT_KEY', value: keyUrl }
        { name: 'FINRUST_MAIL_QUEUE', value: mailQueueUrl }
        { name: 'FINRUST_MAIL_ENDPOINT', value: mailEndpoint }
        { name: 'FINRUST_MAIL_FROM', value: mailFrom }
        { name: 'FINRUST_ERASURE_LOG', value: erasureLogUrl }
      ]
    }
  }
}

resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

output id string = app.id
