//! The closed sets for money: kinds of amounts, and how often they occur.

use crate::closed_set;

closed_set! {
    /// How often an amount comes in or goes out; monthly when a file does not say.
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
    /// Where an income comes from.
    pub enum IncomeKind in "snake_case" {
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
}

closed_set! {
    /// What is spent.
    pub enum ExpenseKind in "snake_case" {
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
}

closed_set! {
    /// What is owned.
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
        /// Anything else.
        Other,
    }
}

closed_set! {
    /// What is owed.
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
        /// A loan for one's business.
        BusinessLoan,
        /// A loan from family or friends.
        FamilyLoan,
        /// Tax that is due.
        Tax,
        /// Anything else.
        Other,
    }
}
