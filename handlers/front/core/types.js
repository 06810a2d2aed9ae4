// What the server sends, as far as screens look at it (`/api/openapi.json` says all of it).

/** @typedef {{ first_name?: string, prefix?: string, last_name?: string, birth_date?: string }} Child */
/** @typedef {Child & { initials?: string, bsn?: string, email?: string, phone?: string, marital_status?: string }} Person */
/** @typedef {{ street?: string, house_number?: string, addition?: string, postcode?: string, city?: string, country?: string }} Address */
/** @typedef {"week" | "four_weeks" | "month" | "quarter" | "year"} Period */
/** @typedef {{ description?: string, kind?: string, amount_cents?: number, period?: Period }} Flow an income or an expense; monthly when it says nothing */
/** @typedef {{ description?: string, kind?: string, value_cents?: number }} Asset */
/** @typedef {{ description?: string, kind?: string, balance_cents?: number, interest_percent?: string }} Debt */
/** @typedef {{ net_worth_cents: number, monthly_income_cents: number, monthly_expenses_cents: number, monthly_surplus_cents: number }} Overview */
/**
 * @typedef {object} ClientFile
 * @property {string} id
 * @property {string} created_at
 * @property {string} updated_at
 * @property {Person} person
 * @property {Address} [address]
 * @property {Person} [partner]
 * @property {Child[]} [children]
 * @property {Flow[]} [incomes]
 * @property {Flow[]} [expenses]
 * @property {Asset[]} [assets]
 * @property {Debt[]} [debts]
 * @property {string} [notes]
 * @property {Overview} overview
 */
/** @typedef {{ id: string, name: string, birth_date?: string, city?: string, net_worth_cents: number, updated_at: string }} ClientSummary */

export {};
