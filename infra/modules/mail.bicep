// Mail: a domain that Azure gives, at once, and the own one as soon as its DNS records are verified.

param name string
param tags object
param domainName string
param domainVerified bool
param sender string
param principalId string
param workspaceId string

var hasOwn = !empty(domainName)
var sendsFromOwn = hasOwn && domainVerified

resource emailService 'Microsoft.Communication/emailServices@2025-09-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: { dataLocation: 'Europe' }
}

resource givenDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = {
  parent: emailService
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource ownDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = if (hasOwn) {
  parent: emailService
  name: hasOwn ? domainName : 'none'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'CustomerManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource ownSender 'Microsoft.Communication/emailServices/domains/senderUsernames@2025-09-01' = if (sendsFromOwn) {
  parent: ownDomain
  name: sender
  properties: {
    username: sender
    displayName: 'FinRust'
  }
}

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: 'Europe'
    linkedDomains: sendsFromOwn ? [ givenDomain.id, ownDomain.id ] : [ givenDomain.id ]
    disableLocalAuth: true
  }
}

// The built-in role for mail may also make and read keys. Sending asks for these three.
resource mailer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'mailer')
  properties: {
    roleName: 'FinRust mailer (${resourceGroup().name} ${uniqueString(resourceGroup().id)})'
    description: 'Sends mail and asks what became of it.'
    type: 'CustomRole'
    assignableScopes: [ resourceGroup().id ]
    permissions: [
      {
        actions: [
          'Microsoft.Communication/CommunicationServices/Read'
          'Microsoft.Communication/CommunicationServices/Write'
          'Microsoft.Communication/EmailServices/Write'
        ]
      }
    ]
  }
}

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: communication
  name: guid(communication.id, principalId, mailer.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', mailer.name)
  }
}

// Not EmailStatusUpdateOperational: it names recipients.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: communication
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [ { category: 'EmailSendMailOperational', enabled: true } ]
  }
}

output endpoint string = 'https://${communication.properties.hostName}/'
output from string = sendsFromOwn ? '${sender}@${domainName}' : 'DoNotReply@${givenDomain.properties.mailFromSenderDomain}'
#disable-next-line BCP318
output domainRecords object = hasOwn ? ownDomain.properties.verificationRecords : {}
