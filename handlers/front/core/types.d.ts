// What the server sends, as far as screens look at it (`/api/openapi.json` says all of it). For checking only: browsers never see it.

export type Child = { first_name?: string; prefix?: string; last_name?: string; birth_date?: string };
export type Person = Child & { initials?: string; bsn?: string; email?: string; phone?: string; marital_status?: string };
export type Address = { street?: string; house_number?: string; addition?: string; postcode?: string; city?: string; country?: string };
export type Period = "week" | "four_weeks" | "month" | "quarter" | "year";
/** An income or an expense; monthly when it says nothing. */
export type Flow = { description?: string; kind?: string; amount_cents?: number; period?: Period };
export type Asset = { description?: string; kind?: string; value_cents?: number };
export type Debt = { description?: string; kind?: string; balance_cents?: number; interest_percent?: string };
export type Overview = { net_worth_cents: number; monthly_income_cents: number; monthly_expenses_cents: number; monthly_surplus_cents: number };
export type ClientFile = {
  id: string;
  created_at: string;
  updated_at: string;
  person: Person;
  address?: Address;
  partner?: Person;
  children?: Child[];
  incomes?: Flow[];
  expenses?: Flow[];
  assets?: Asset[];
  debts?: Debt[];
  notes?: string;
  overview: Overview;
};
export type ClientSummary = { id: string; name: string; birth_date?: string; city?: string; net_worth_cents: number; updated_at: string };
