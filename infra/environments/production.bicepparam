// Client files: three regions, all zones, private endpoints, delete locks.
using '../main.bicep'

param environmentName = 'production'
param location = 'westeurope'
param otherLocations = [ 'northeurope', 'swedencentral' ]
param zoneRedundant = true
param privateEndpoints = true
param ownOutboundAddress = true
param deleteLocks = true
param alwaysReady = 2
param cosmosServerless = false
param cosmosMaxThroughput = 1000
param erasureLogDays = 400
param logRetentionDays = 90
param logDatabaseRequests = true
param alertEmails = [ readEnvironmentVariable('FINRUST_ALERT_EMAIL') ]
param monthlyBudget = 500

// Set these when the domains are there; infra/runbooks/deploy.md says how.
param publicUrl = ''
param mailDomain = 'mijnfinrust.nl'
param mailDomainVerified = false
