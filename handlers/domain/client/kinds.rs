//! The closed sets of sorts that money comes in, and how often it does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How often an amount comes in or goes out; monthly when a file does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Every week, 52 times a year.
    Week,
    /// Every four weeks, 13 times a year.
    FourWeeks,
    /// Every month.
    #[default]
    Month,
    /// Every three months.
    Quarter,
    /// Every year.
    Year,
}

impl Period {
    /// How often in one year: twelve times what it is in one month, so that monthly figures are exact in twelfths.
    #[must_use]
    pub const fn times_a_year(self) -> i64 {
        match self {
            Self::Week => 52,
            Self::FourWeeks => 13,
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Year => 1,
        }
    }
}

/// Where an income comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncomeKind {
    /// Wages.
    Employment,
    /// Profit of one's own business.
    SelfEmployment,
    /// Pension, annuity.
    Pension,
    /// State old-age pension (AOW).
    StatePension,
    /// Unemployment, disability, assistance and other benefits.
    Benefit,
    /// Allowances for care, rent, children.
    Allowance,
    /// Maintenance received.
    Alimony,
    /// Rent received.
    Rent,
    /// Interest and dividend.
    Investment,
    /// Anything else.
    Other,
}

/// What is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpenseKind {
    /// Rent, mortgage payments, service costs.
    Housing,
    /// Gas, electricity, water.
    Energy,
    /// Insurance.
    Insurance,
    /// Health care and its insurance.
    Health,
    /// Food and household.
    Household,
    /// Car, bicycle, public transport.
    Transport,
    /// Telephone, internet, television.
    Communication,
    /// Day care and other costs of children.
    Children,
    /// School and study.
    Education,
    /// Taxes and levies.
    Tax,
    /// Repayment of loans other than a mortgage.
    LoanRepayment,
    /// Maintenance paid.
    Alimony,
    /// Pension and annuity contributions, savings plans.
    Saving,
    /// Holidays, sports, culture.
    Leisure,
    /// Anything else.
    Other,
}

/// What is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    /// A house or other real estate.
    Property,
    /// Bank and savings accounts.
    Savings,
    /// Shares, bonds, funds.
    Investment,
    /// Capital in a pension or annuity.
    Pension,
    /// Insurance with a surrender value.
    LifeInsurance,
    /// A business, or a share in one.
    Business,
    /// Car, boat, caravan.
    Vehicle,
    /// Crypto-assets.
    Crypto,
    /// Money lent to others.
    Receivable,
    /// Anything else.
    Other,
}

/// What is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DebtKind {
    /// A loan secured on real estate.
    Mortgage,
    /// A student loan (DUO).
    StudentLoan,
    /// A personal loan.
    PersonalLoan,
    /// Revolving credit and overdrafts.
    RevolvingCredit,
    /// Credit cards.
    CreditCard,
    /// A loan for a car, or its lease.
    VehicleLoan,
    /// A loan for one's business.
    BusinessLoan,
    /// A loan from family or friends.
    FamilyLoan,
    /// Tax that is due.
    Tax,
    /// Anything else.
    Other,
}
