// Who is told of what. Every alert has a page in infra/runbooks/ with the same name, which says what to look at and what to do.
// Queries look at what the program logs (infra/queries/); tests/operations holds them against the code.

@description('Region of the rules that have one.')
param location string

@description('Tags of every resource.')
param tags object

@description('Log Analytics workspace that holds the logs.')
param workspaceId string

@description('Application Insights component that the availability test belongs to.')
param applicationInsightsId string

@description('Action group that is told.')
param actionGroupId string

@description('Cosmos DB account.')
param cosmosAccountId string

@description('Key Vault.')
param keyVaultId string

@description('Function app.')
param functionAppId string

@description('Storage account with the mail queue.')
param storageQueueAccountId string

@description('Availability test of /api/health.')
param availabilityTestId string

// severity: 0 wakes somebody at once, 1 is looked at now, 2 today, 3 this week. A query that answers no row is at peace.
// Windows are longer than the pauses between looks: lines arrive some minutes late.
var queryAlerts = [
  {
    name: 'decryption-failures'
    text: 'Something stored does not open: damaged, moved, forged, or its key is gone.'
    query: loadTextContent('../queries/decryption-failures.kql')
    severity: 0
    frequency: 'PT1M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'breach-deadlines'
    text: 'The 72 hours to report a data breach are running out, or are over.'
    query: loadTextContent('../queries/breach-deadlines.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT30M'
    range: 'PT30M'
  }
  {
    name: 'vault-errors'
    text: 'The key-encryption key cannot be used: soon nobody can sign in or open a file.'
    query: loadTextContent('../queries/vault-errors.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'database-failures'
    text: 'The database does not do what it is asked.'
    query: loadTextContent('../queries/database-failures.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'server-errors'
    text: 'Requests end in a defect, or for something out of reach.'
    query: loadTextContent('../queries/server-errors.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'host-failures'
    text: 'The Functions host says that the program ended, was restarted or killed, or did not take a request.'
    query: loadTextContent('../queries/host-failures.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'no-answers'
    text: 'The program has answered nothing for a quarter of an hour.'
    query: loadTextContent('../queries/no-answers.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'poison-messages'
    text: 'A job was set aside after its last delivery, or a message on the queue is none of ours.'
    query: loadTextContent('../queries/poison-messages.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'mail-failures'
    text: 'Mails do not go out: people wait for their one-time password.'
    query: loadTextContent('../queries/mail-failures.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'failed-sign-ins'
    text: 'Many more attempts to sign in fail than is usual.'
    query: loadTextContent('../queries/failed-sign-ins.kql')
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
    range: 'P2D'
  }
  {
    name: 'refused-sign-ins'
    text: 'Attempts to sign in are refused without looking at them: guessing, or too little power.'
    query: loadTextContent('../queries/refused-sign-ins.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'client-address-missing'
    text: 'Requests come without the address of their client: nobody is throttled by his own.'
    query: loadTextContent('../queries/client-address-missing.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'database-throttled'
    text: 'The database refuses calls for want of request units.'
    query: loadTextContent('../queries/database-throttled.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    range: 'PT15M'
  }
  {
    name: 'slow-requests'
    text: 'A route is slow for one request in twenty.'
    query: loadTextContent('../queries/slow-requests.kql')
    severity: 3
    frequency: 'PT15M'
    window: 'PT30M'
    range: 'PT30M'
  }
  {
    name: 'maintenance-missing'
    text: 'No round of maintenance was finished for three hours, or the log is silent.'
    query: loadTextContent('../queries/maintenance-missing.kql')
    severity: 2
    frequency: 'PT30M'
    window: 'PT3H'
    range: 'PT3H'
  }
]

// What services count of themselves, for what the program cannot log: calls that were repeated with success, and the program's absence.
var metricAlertRules = [
  {
    name: 'database-throttled-calls'
    runbook: 'database-throttled'
    text: 'The database refuses many calls for want of request units, though most succeed when repeated.'
    scope: cosmosAccountId
    severity: 3
    frequency: 'PT5M'
    window: 'PT15M'
    namespace: 'Microsoft.DocumentDB/databaseAccounts'
    metric: 'TotalRequests'
    aggregation: 'Count'
    operator: 'GreaterThan'
    threshold: 100
    dimensions: [ { name: 'StatusCode', operator: 'Include', values: [ '429' ] } ]
  }
  {
    name: 'database-availability'
    runbook: 'database-failures'
    text: 'The database itself says that it is not always there.'
    scope: cosmosAccountId
    severity: 1
    frequency: 'PT15M'
    window: 'PT1H'
    namespace: 'Microsoft.DocumentDB/databaseAccounts'
    metric: 'ServiceAvailability'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 99
    dimensions: []
  }
  {
    name: 'vault-availability'
    runbook: 'vault-errors'
    text: 'Key Vault itself says that it is not always there.'
    scope: keyVaultId
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    namespace: 'Microsoft.KeyVault/vaults'
    metric: 'Availability'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 99
    dimensions: []
  }
  {
    name: 'queue-availability'
    runbook: 'mail-failures'
    text: 'The storage account of the mail queue says that it is not always there.'
    scope: storageQueueAccountId
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    namespace: 'Microsoft.Storage/storageAccounts'
    metric: 'Availability'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 99
    dimensions: []
  }
]

resource queryAlert 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = [for alert in queryAlerts: {
  name: 'finrust-${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'finrust ${alert.name}'
    description: '${alert.text} See infra/runbooks/${alert.name}.md.'
    severity: alert.severity
    enabled: true
    scopes: [ workspaceId ]
    evaluationFrequency: alert.frequency
    windowSize: alert.window
    overrideQueryTimeRange: alert.range == alert.window ? null : alert.range
    autoMitigate: true
    // A new workspace has none of the tables that are asked before the first line arrives, and a rule would be refused for it.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [ actionGroupId ], customProperties: { runbook: 'infra/runbooks/${alert.name}.md' } }
  }
}]

resource metricAlert 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in metricAlertRules: {
  name: 'finrust-${alert.name}'
  location: 'global'
  tags: tags
  properties: {
    description: '${alert.text} See infra/runbooks/${alert.runbook}.md.'
    severity: alert.severity
    enabled: true
    scopes: [ alert.scope ]
    evaluationFrequency: alert.frequency
    windowSize: alert.window
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: alert.name
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: alert.namespace
          metricName: alert.metric
          timeAggregation: alert.aggregation
          operator: alert.operator
          threshold: alert.threshold
          dimensions: alert.dimensions
        }
      ]
    }
    actions: [ { actionGroupId: actionGroupId } ]
  }
}]

resource availability 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'finrust-availability'
  location: 'global'
  tags: tags
  properties: {
    description: 'From two places or more, /api/health does not answer with 200. See infra/runbooks/availability.md.'
    severity: 1
    enabled: true
    scopes: [ availabilityTestId, applicationInsightsId ]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: availabilityTestId
      componentId: applicationInsightsId
      failedLocationCount: 2
    }
    actions: [ { actionGroupId: actionGroupId } ]
  }
}

// The platform's own judgement of what FinRust stands on.
resource health 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: 'finrust-resource-health'
  location: 'global'
  tags: tags
  properties: {
    description: 'Azure says that a resource is degraded or unavailable. See infra/runbooks/resource-health.md.'
    enabled: true
    scopes: [ functionAppId, cosmosAccountId, keyVaultId, storageQueueAccountId ]
    condition: {
      allOf: [
        { field: 'category', equals: 'ResourceHealth' }
        {
          anyOf: [
            { field: 'properties.currentHealthStatus', equals: 'Degraded' }
            { field: 'properties.currentHealthStatus', equals: 'Unavailable' }
          ]
        }
      ]
    }
    actions: { actionGroups: [ { actionGroupId: actionGroupId } ] }
  }
}

module workbook 'workbook.bicep' = {
  name: 'finrust-workbook'
  params: { location: location, tags: tags, workspaceId: workspaceId }
}
