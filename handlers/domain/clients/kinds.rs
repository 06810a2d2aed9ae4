//! The closed sets for money: kinds of amounts, and how often they occur.

use crate::closed_set;

closed_set! {
    /// How often an amount is received or paid; monthly if a file does not say.
    #[derive(Default)]
    pub enum Period in "snake_case" {
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
}

impl Period {
    /// Number of times in a year: twelve times the number in a month, so that monthly figures are exact in twelfths. A period of a later
    /// version counts as 0.
    pub const fn times_a_year(self) -> i64 {
        match self {
            Self::Week => 52,
            Self::FourWeeks => 13,
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Year => 1,
            Self::Later(_) => 0,
        }
    }
}

closed_set! {
    /// The source of an income.
    pub enum IncomeKind in "snake_case" {
        /// Wages or salary.
        Employment,
        /// Profit from self-employment.
        SelfEmployment,
        /// Pension or annuity.
        Pension,
        /// State old-age pension (AOW).
        StatePension,
        /// Unemployment, disability, assistance and other benefits.
        Benefit,
        /// Care, rent or child allowances.
        Allowance,
        /// Maintenance received.
        Alimony,
        /// Rent received.
        Rent,
        /// Interest and dividends.
        Investment,
        /// Any other income.
        Other,
    }
}

closed_set! {
    /// The category of an expense.
    pub enum ExpenseKind in "snake_case" {
        /// Rent, mortgage payments, service costs.
        Housing,
        /// Gas, electricity, water.
        Energy,
        /// Insurance.
        Insurance,
        /// Health care and health insurance.
        Health,
        /// Groceries and household.
        Household,
        /// Car, bicycle, public transport.
        Transport,
        /// Telephone, internet, television.
        Communication,
        /// Childcare and other costs of children.
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
        /// Any other expense.
        Other,
    }
}

closed_set! {
    /// The category of an asset.
    pub enum AssetKind in "snake_case" {
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
        /// Any other asset.
        Other,
    }
}

closed_set! {
    /// The category of a debt.
    pub enum DebtKind in "snake_case" {
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
        /// A business loan.
        BusinessLoan,
        /// A loan from family or friends.
        FamilyLoan,
        /// Tax owed.
        Tax,
        /// Any other debt.
        Other,
    }
}
