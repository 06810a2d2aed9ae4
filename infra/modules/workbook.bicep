// One page of charts over the logs, in the portal under Monitor, Workbooks. Its queries are infra/queries/workbook/.

@description('Region.')
param location string

@description('Tags of the workbook.')
param tags object

@description('Log Analytics workspace that the queries ask.')
param workspaceId string

// visualization: what Azure Monitor calls the kind of chart; a query that renders itself says so too.
var charts = [
  { title: 'Signing in, by outcome', query: loadTextContent('../queries/workbook/sign-ins.kql'), kind: 'categoricalbar', size: 1 }
  { title: 'Warnings and errors', query: loadTextContent('../queries/workbook/warnings.kql'), kind: 'table', size: 0 }
  { title: 'Availability from outside', query: loadTextContent('../queries/workbook/availability.kql'), kind: 'table', size: 1 }
  { title: 'Latency', query: loadTextContent('../queries/workbook/latency.kql'), kind: 'linechart', size: 1 }
  { title: 'Requests by route', query: loadTextContent('../queries/workbook/requests.kql'), kind: 'table', size: 0 }
  { title: 'What requests were refused with', query: loadTextContent('../queries/workbook/problems.kql'), kind: 'categoricalbar', size: 1 }
  { title: 'Dear, slow and repeated calls of the database', query: loadTextContent('../queries/workbook/database.kql'), kind: 'table', size: 1 }
  { title: 'Maintenance', query: loadTextContent('../queries/workbook/maintenance.kql'), kind: 'table', size: 1 }
  { title: 'Instances', query: loadTextContent('../queries/workbook/instances.kql'), kind: 'linechart', size: 1 }
  { title: 'What the log costs', query: loadTextContent('../queries/workbook/volume.kql'), kind: 'table', size: 1 }
]

var timeRange = {
  type: 9
  content: {
    version: 'KqlParameterItem/1.0'
    parameters: [
      {
        id: guid('finrust', 'time')
        version: 'KqlParameterItem/1.0'
        name: 'time'
        label: 'Time'
        type: 4
        isRequired: true
        value: { durationMs: 86400000 }
        typeSettings: {
          selectableValues: [
            { durationMs: 3600000 }
            { durationMs: 86400000 }
            { durationMs: 604800000 }
            { durationMs: 2592000000 }
          ]
        }
      }
    ]
    style: 'pills'
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
  }
  name: 'time'
}

var items = [for chart in charts: {
  type: 3
  content: {
    version: 'KqlItem/1.0'
    title: chart.title
    query: chart.query
    size: chart.size
    timeContextFromParameter: 'time'
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
    crossComponentResources: [ workspaceId ]
    visualization: chart.kind
  }
  name: chart.title
}]

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  name: guid(resourceGroup().id, 'finrust')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'FinRust'
    description: 'How FinRust is doing.'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: workspaceId
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat([ timeRange ], items)
      isLocked: false
      fallbackResourceIds: [ workspaceId ]
    })
  }
}
