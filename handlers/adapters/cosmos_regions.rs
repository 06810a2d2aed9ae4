//! Which region answers reads: the one that the account writes to.
//!
//! Another region lags behind, and an old version would let an ended session live on. The SDK has no word for "read where you write":
//! left to itself it reads in the nearest region that seems well. But a request that may go to no region at all goes to the one that
//! the account writes to at the time. So reads exclude every region by name.

use azure_data_cosmos::options::ExcludedRegions;

/// All that the SDK knows. In a region that is not among them the account may write, but a replica there could answer a read.
const REGIONS: &[&str] = &[
    "apacsoutheast2", "australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast",
    "belgiumcentral", "bleufrancecentral", "bleufrancesouth", "brazilsouth", "brazilsoutheast", "canadacentral", "canadaeast",
    "centralindia", "centralus", "centraluseuap", "chilecentral", "chinaeast", "chinaeast2", "chinaeast3", "chinanorth",
    "chinanorth10", "chinanorth2", "chinanorth3", "deloscloudgermanycentral", "deloscloudgermanynorth", "denmarkeast", "eastasia",
    "easteurope", "eastus", "eastus2", "eastus2euap", "eastus3", "eastusslv", "eastusstg", "francecentral", "francesouth",
    "germanycentral", "germanynorth", "germanynortheast", "germanywestcentral", "indiasouthcentral", "indonesiacentral",
    "israelcentral", "israelnorthwest", "italynorth", "japaneast", "japanwest", "jioindiacentral", "jioindiawest", "koreacentral",
    "koreasouth", "koreasouth2", "malaysiasouth", "malaysiawest", "mexicocentral", "newzealandnorth", "northcentralus",
    "northeastus5", "northeurope", "northeurope2", "norwayeast", "norwaywest", "polandcentral", "qatarcentral",
    "singaporecentral", "singaporenorth", "southafricanorth", "southafricawest", "southcentralus", "southcentralus2",
    "southcentralusstg", "southeastasia", "southeastus", "southeastus3", "southeastus5", "southindia", "southwestus",
    "spaincentral", "swedencentral", "swedensouth", "switzerlandnorth", "switzerlandwest", "taiwannorth", "taiwannorthwest",
    "uaecentral", "uaenorth", "uknorth", "uksouth", "uksouth2", "ukwest", "usdodcentral", "usdodeast", "usdodsouthcentral",
    "usdodsouthwest", "usdodwestcentral", "usgovarizona", "usgoviowa", "usgovtexas", "usgovvirginia", "usgovwyoming", "usnateast",
    "usnatwest", "usseceast", "ussecwest", "ussecwestcentral", "westcentralus", "westeurope", "westindia", "westus", "westus2",
    "westus3",
];

/// Leaves only the region that the account writes to.
pub fn all_but_the_writing() -> ExcludedRegions {
    REGIONS.iter().copied().collect()
}
