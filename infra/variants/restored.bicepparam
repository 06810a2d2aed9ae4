// No environment: what the templates make of production when its database was restored without zones, into one region, and batches are
// refused. Compiled for tests/infra, and never deployed.
using '../main.bicep'

param environmentName = 'production'
param location = 'westeurope'
param otherLocations = [ 'northeurope', 'swedencentral' ]
param zoneRedundant = true
param cosmosAccountName = 'restored'
param cosmosExpiry = false
param cosmosWideRights = true
param presentAccount = {
  locations: [ { locationName: 'West Europe', failoverPriority: 0, isZoneRedundant: false } ]
  enableAutomaticFailover: false
  consistencyPolicy: { defaultConsistencyLevel: 'Session' }
}
param alertEmails = [ 'nobody@example.nl' ]
param monthlyBudget = 500
