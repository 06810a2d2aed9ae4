//! The key figures of a client file.

use super::{file::ClientFile, kinds::Period, money::Cents};
use serde::Serialize;
use utoipa::ToSchema;

/// The client's financial overview, in euro cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Overview {
    /// Assets less debts, in euro cents.
    #[schema(examples(17_000_000))]
    pub net_worth_cents: i64,
    /// Total income per month, in euro cents. Other periods are converted: a year has 12 months, 4 quarters, 13 four-week periods or 52
    /// weeks.
    #[schema(examples(350_000))]
    pub monthly_income_cents: i64,
    /// Total expenses per month, in euro cents, converted likewise.
    #[schema(examples(120_000))]
    pub monthly_expenses_cents: i64,
    /// Monthly income less monthly expenses, in euro cents.
    #[schema(examples(230_000))]
    pub monthly_surplus_cents: i64,
}

impl Overview {
    /// Computes the totals of a file. Each total is exact until it is rounded once, half a cent away from zero.
    pub fn of(file: &ClientFile) -> Self {
        let monthly_income_cents = monthly(file.incomes.iter().map(|income| (income.amount_cents, income.period)));
        let monthly_expenses_cents = monthly(file.expenses.iter().map(|expense| (expense.amount_cents, expense.period)));
        Self {
            net_worth_cents: net_worth(file),
            monthly_income_cents,
            monthly_expenses_cents,
            monthly_surplus_cents: monthly_income_cents.saturating_sub(monthly_expenses_cents),
        }
    }
}

fn net_worth(file: &ClientFile) -> i64 {
    let assets: i128 = file.assets.iter().map(|asset| cents(asset.value_cents)).sum();
    let debts: i128 = file.debts.iter().map(|debt| cents(debt.balance_cents)).sum();
    narrow(assets - debts)
}

fn monthly(entries: impl Iterator<Item = (Option<Cents>, Option<Period>)>) -> i64 {
    let a_year: i128 = entries.map(|(amount, period)| cents(amount) * i128::from(period.unwrap_or_default().times_a_year())).sum();
    narrow(twelfth(a_year))
}

fn cents(amount: Option<Cents>) -> i128 {
    i128::from(amount.unwrap_or_default().get())
}

fn twelfth(a_year: i128) -> i128 {
    (a_year.abs() + 6) / 12 * a_year.signum()
}

/// Lists are bounded on intake, so totals stay far below the bounds of an `i64`; a longer stored list saturates.
fn narrow(total: i128) -> i64 {
    i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::{ClientFile, Overview, twelfth};

    fn overview(rest: &str) -> Overview {
        let text = format!(r#"{{"person":{{"last_name":"x"}},{rest}}}"#);
        Overview::of(&serde_json::from_str::<ClientFile>(&text).expect("the sample is a file"))
    }

    #[test]
    fn rounds_half_a_cent_away_from_zero() {
        assert_eq!([5, 6, 17, 18, -5, -6, -18].map(twelfth), [0, 1, 1, 2, 0, -1, -2]);
    }

    #[test]
    fn rounds_each_total_once() {
        let years =
            r#""incomes":[{"amount_cents":2,"period":"year"},{"amount_cents":2,"period":"year"},{"amount_cents":2,"period":"year"}]"#;
        assert_eq!(overview(years).monthly_income_cents, 1);
    }

    #[test]
    fn brings_every_period_to_a_month() {
        let incomes = r#""incomes":[{"amount_cents":1200,"period":"week"},{"amount_cents":1200,"period":"four_weeks"},
            {"amount_cents":1200},{"amount_cents":1200,"period":"quarter"},{"amount_cents":1200,"period":"year"},{"kind":"other"}]"#;
        assert_eq!(overview(incomes).monthly_income_cents, 5200 + 1300 + 1200 + 400 + 100);
    }

    #[test]
    fn may_be_negative() {
        let file = overview(r#""expenses":[{"amount_cents":7}],"debts":[{"balance_cents":9}],"assets":[{"value_cents":4},{}]"#);
        assert_eq!((file.net_worth_cents, file.monthly_surplus_cents), (-5, -7));
    }
}
