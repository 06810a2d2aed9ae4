// A place to try things: cheap, one zone, no private endpoints, no delete locks. No client data belongs here.
using '../main.bicep'

param environmentName = 'test'
param location = 'westeurope'
param privateEndpoints = false
param deleteLocks = false
param cosmosServerless = true
param erasureLogDays = 1
param logRetentionDays = 30
param logDatabaseRequests = false
param logDailyQuotaGb = 1
param alertEmails = [ readEnvironmentVariable('FINRUST_ALERT_EMAIL') ]
param monthlyBudget = 50
