// What the screens hand each other. For checking only: browsers never see it.

import type { ClientSummary, Field, FieldParts, Guarded, Screen } from "../core/types.js";

/** Where a file is worked on. */
export type Desk = Required<Guarded>;

export type Shown = { name: string, id: string, changed: string };

export type Words = {
  title: string;
  /** What remains is called. */
  rest: string;
  /** What remains, in a sentence. */
  sentence: string;
  empty: string;
};

export type Share = { words: string, cents: number };

/** The largest share first. */
export type BalanceSide = { words: string, cents: number, shares: Share[] };

export type Balance = { plus: BalanceSide, minus: BalanceSide, rest: number };

export type Look = "plus" | "minus" | "rest" | "short";

export type Bar = { words: string, cents: number, look: Look, total?: boolean };

/** What stands beside the menu. */
export type AccountPart = Omit<Screen, "title">;

export type Session = { id: string, created_at: string, last_seen_at: string, ip: string | null, user_agent: string | null, current: boolean };

export type Attempt = { at: string, outcome: string, ip: string | null, user_agent: string | null, count: number };

export type ListPage = { items: any[], next: string | null };

export type Controls = {
  add: HTMLElement;
  form: HTMLElement;
  search: HTMLInputElement;
  sort: { value: string } & HTMLElement;
};

export type Place = {
  /** What is searched for, as typed. */
  text: string;
  sort: string;
  /** Of the pages up to the one that is shown. */
  cursors: (string | null)[];
  /** The file that was opened last. */
  opened: string | null;
};

export type Page = { items: ClientSummary[], next: string | null };

export type Kept = { element: HTMLTableRowElement, says: string };

export type SignInFlow = {
  /** Where the steps are shown, one after the other. */
  place: HTMLElement;
  username: string;
  /** When the server last said yes, by the clock of the page. */
  since: number;
  /** Given in a mail's link. */
  password: string;
  /** Whether the username is settled: somebody comes back to a session that ended. */
  fixed: boolean;
  /** The session of a page that is still there has ended. */
  again?: boolean;
  /** Whether an answer to the present step did not come: it may be done, and the session with it. */
  isOpen?: boolean;
  onDone: () => Promise<void>;
};

export type Next = "two_factor" | "new_password" | "done";

export type Flow = {
  place: HTMLElement;
  /** Whether recovery codes are shown that nobody has kept yet. */
  unkept: boolean;
  onCancel: () => void;
  onDone: () => void;
};

export type TwoFactor = { enabled: boolean, recovery_codes_left: number, recovery_codes_seen: boolean };

export type Account = { username: string, display_name: string, email: string, language: "nl" | "en", role: string, two_factor: TwoFactor, password_changed_at: string | null };

export type Enrolment = { secret: string, otpauth_url: string, qr_svg: string };

/** `isOn`: another app takes the place of the present one, which is asked for too. */
export type Options = { isOn: boolean, isSeen?: boolean, why?: HTMLElement };

export type Difference = {
  section: Section;
  /** Nothing when it is a whole row. */
  field: Description | null;
  mine: unknown;
  theirs: unknown;
  /** By whom since the version that both began with. */
  changed: "mine" | "theirs" | "both";
  /** May be set; nothing until somebody has chosen what both sides changed. */
  choice: Side | "both" | null;
};

export type Side = "mine" | "theirs";

export type Comparison = { differences: Difference[], merged: () => Entry };

/** What became of a row on both sides; without a root it was added. `at`: its place on the other side. */
export type Trace = { root: Entry | undefined, own: Entry | undefined, other: Entry | undefined, at: number | undefined };

export type Group = {
  boxes: Box[];
  /** What would be sent; unreadable text as it is. */
  draft: () => Entry | undefined;
  isBlank: () => boolean;
};

/** `stub` stands where a removed row was. */
export type Row = { group: Group, element: HTMLElement, legend: HTMLElement, button: HTMLElement, stub: HTMLElement | null };

/** Of the form: what one section shows. */
export type Part = { element: HTMLElement, groups: () => Group[], clean: () => void };

export type Box = { field: Field, description: Description };

/** In cents. */
export type Figures = { incomes: number, expenses: number, assets: number, debts: number, surplus: number, worth: number };

/** Of one field. */
export type Description = {
  /** Of the JSON member; its words are under `file.label`. */
  name: string;
  kind: Kind;
  /** Section of the texts with the words of a choice's values. */
  words?: string;
  /** Of a choice. */
  values?: string[];
  /** What an absent value stands for (`handlers/domain/client`). */
  preset?: string;
  required?: boolean;
  /** A key of the texts. */
  hint?: string;
  /** In twelfths of the page; in a row of a list every field has its column. */
  width?: number;
};

export type Section = {
  /** Of the JSON member; its words are under `file.section`. */
  name: string;
  /** `one`: an object that is often absent; `top`: fields of the file itself. */
  shape: "object" | "one" | "list" | "top";
  fields: Description[];
};

export type Way = {
  /** In its box. */
  show: (value: any) => string;
  /** `undefined` when it cannot be read. */
  read: (typed: string) => unknown;
  /** Outside of a box. */
  words: (value: any, description: Description) => string;
  /** Of the box. */
  parts?: Partial<FieldParts>;
  /** Key of what to say when it cannot be read, or when the server cannot. */
  wrong?: string;
};

export type Kind = "text" | "email" | "phone" | "block" | "bsn" | "postcode" | "choice" | "country" | "date" | "amount" | "percent";

export type Entry = Record<string, unknown>;
