// What the server sends, as far as screens look at it (`/api/openapi.json` says all of it), and what the modules hand each other. For checking only:
// browsers never see it.

import type { Problem } from "./api.js";

export type ClientChild = { first_name?: string; prefix?: string; last_name?: string; birth_date?: string };
export type Person = ClientChild & { initials?: string; bsn?: string; email?: string; phone?: string; marital_status?: string };
export type Address = { street?: string; house_number?: string; addition?: string; postcode?: string; city?: string; country?: string };
export type Period = "week" | "four_weeks" | "month" | "quarter" | "year";
/** An income or an expense; monthly when it says nothing. */
export type Regular = { description?: string; kind?: string; amount_cents?: number; period?: Period };
export type Asset = { description?: string; kind?: string; value_cents?: number };
export type Debt = { description?: string; kind?: string; balance_cents?: number; interest_percent?: string };
export type Overview = {
    net_worth_cents: number;
    monthly_income_cents: number;
    monthly_expenses_cents: number;
    monthly_surplus_cents: number;
};
export type ClientFile = {
    id: string;
    created_at: string;
    updated_at: string;
    person: Person;
    address?: Address;
    partner?: Person;
    children?: ClientChild[];
    incomes?: Regular[];
    expenses?: Regular[];
    assets?: Asset[];
    debts?: Debt[];
    notes?: string;
    overview: Overview;
};
export type ClientSummary = {
    id: string;
    name: string;
    birth_date?: string;
    city?: string;
    net_worth_cents: number;
    updated_at: string;
    restricted?: boolean;
};

/** What leads to a page, for whom it concerns. `words`: a key. */
export type Link = { path: string; access: Access; words: string };

/** Sections, and words or sections in them. */
export interface Texts {
    [key: string]: string | Texts;
}

export type SignInAgain = (username: string, show: (screen: Screen) => void, why?: string) => Promise<boolean>;

/** What a route shows. */
export type Screen = {
    /** Fixed words, never a person's name: titles end up in the browser's history. */
    title: string;
    element: HTMLElement;
    /** What it is about, for who is asked something there; with names. */
    about?: () => string;
    /** Whether leaving loses something typed. */
    isDirty?: () => boolean;
    /** What that is, in a sentence, where nothing was typed. */
    losing?: () => string;
    /** What whoever leaves may have done first; nothing where that takes more than one press. */
    saving?: () => Saving | null;
    /** Stops what still runs. */
    leave?: () => void;
};

/** `words`: of the button that does it otherwise; `save` answers whether it went well. */
export type Saving = { words: string; save: () => Promise<boolean> };

/** What has boxes, and knows whether something in them would be lost. */
export type Guarded = Pick<Screen, "element" | "isDirty" | "saving">;

/** Makes what an address shows; with the values that stand in it. */
export type Page = (parameters: Record<string, string>) => Screen;

/** `path`: such as `clients/:id`. */
type At = { path: string; access: Access };

export type EagerRoute = At & { page: Page };

/** `words`: the key of what the place is called until the page is there. */
export type LazyRoute = At & { words: string | undefined; load: () => Promise<Page> };

/** `routes.js` explains. */
export type Route = EagerRoute | LazyRoute;

/** One of those in `dialog.js`. */
export type DialogName = (typeof import("./dialog.js").DIALOGS)[number];

export type Access = "anyone" | "stranger" | "adviser" | "officer" | "signed_in";

export type Language = "nl" | "en";

export type Child = Node | string | number | null | undefined | false;

export type Props = Record<string, string | number | boolean | null | undefined | ((event: any) => void)>;

export type FieldParts = {
    label: string;
    /** Also the last part of the JSON pointer, unless `pointer` says otherwise. */
    name: string;
    /** Where the server finds it in the body (RFC 6901). */
    pointer?: string;
    /** Of the input; `textarea` and `select` too. */
    type?: string;
    hint?: string;
    value?: string;
    autocomplete?: string;
    inputmode?: string;
    /** The others are marked as optional by being silent. */
    required?: boolean;
    /** Value and words, of a select. */
    options?: [string, string][];
    /** All options of a select that has many, made when it is first used. */
    more?: () => [string, string][];
    /** Of a textarea. */
    rows?: number;
    /** `short`, `medium` or nothing. */
    width?: string;
    /** What is typed has a form, such as an amount, and ends with its line. */
    isFormed?: boolean;
    readonly?: boolean;
};

export type Field = {
    element: HTMLElement;
    input: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
    label: string;
    pointer: () => string;
    required: boolean;
    /** The row that it stands in, where there are several. */
    about?: () => string;
    /** As typed. */
    value: () => string;
    /** Shows an error, or takes it away. */
    fail: (sentence: string | null) => void;
};

/** Where it leads, when whoever began it is still there. */
export type Onward = () => void;

export type FormParts = {
    /** Those that may be refused, in their order on the page. */
    fields: () => Field[];
    /** What stands above the button, the fields' elements among it. */
    content: Child[];
    /** Words of the button. */
    submit: string;
    /** What cannot be sent as it is typed. */
    check?: () => Wrong[];
    /** Asks before what cannot be taken back. */
    sure?: () => Promise<boolean>;
    /** Only its button sends it. */
    byButton?: boolean;
    /** Sends; a thrown `Problem` is shown. `isReadable` is false when `isJudged` sends what cannot be read. */
    onSubmit: (isReadable: boolean) => Promise<Onward | void>;
    /** The server refuses what cannot be read, so it is asked what else is wrong: all faults at once. */
    isJudged?: boolean;
    /** Handles a problem itself and says so; onward when it was done all the same. */
    onProblem?: (problem: Problem) => Promise<boolean | Onward> | boolean;
    /** Beside the button. */
    actions?: Child[];
    danger?: boolean;
};

export type Wrong = { field: Field; words: string };

export type Options = {
    body?: unknown;
    headers?: Record<string, string>;
    signal?: AbortSignal;
    atSignIn?: boolean;
    asFile?: boolean;
    renews?: string;
};

export type Answer = { data: any; etag: string | null };

/** `words`: those of a screen that knows the field better; `min` and `max`: bounds of a number. */
export type FieldError = { pointer: string; code: string; words?: string; min?: number; max?: number };

export type Column = { words: string; amount?: boolean };

export type Account = {
    /** Tells persons apart; goes with every request of their screens. */
    id: string;
    username: string;
    display_name: string;
    role: "adviser" | "officer";
    /** An officer without a second factor can do nothing else. */
    mustEnrol: boolean;
};

export type Attempt = { at: string; outcome: string; ip: string | null; user_agent: string | null; count: number };

export type ListPage = { items: any[]; next: string | null };
