// What the modules of this subject hand each other. For checking only: browsers never see it.

import type { Field, FieldParts, Guarded } from "../../core/types.js";

/** Where a file is worked on. */
export type Desk = Required<Guarded>;

export type Shown = { name: string; id: string; changed: string };

export type Words = {
    title: string;
    /** What remains is called. */
    rest: string;
    /** What remains, in a sentence. */
    sentence: string;
    empty: string;
};

export type Share = { words: string; cents: number };

/** The largest share first. */
export type BalanceSide = { words: string; cents: number; shares: Share[] };

export type Balance = { plus: BalanceSide; minus: BalanceSide; rest: number };

export type Look = "plus" | "minus" | "rest" | "short";

export type Bar = { words: string; cents: number; look: Look; total?: boolean };

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

export type Comparison = { differences: Difference[]; merged: () => Entry };

/** What became of a row on both sides; without a root it was added. `at`: its place on the other side. */
export type Trace = { root: Entry | undefined; own: Entry | undefined; other: Entry | undefined; at: number | undefined };

export type Group = {
    boxes: Box[];
    /** What would be sent; unreadable text as it is. */
    draft: () => Entry | undefined;
    isBlank: () => boolean;
};

/** `stub` stands where a removed row was. */
export type Row = { group: Group; element: HTMLElement; legend: HTMLElement; button: HTMLElement; stub: HTMLElement | null };

/** Of the form: what one section shows. */
export type Part = { element: HTMLElement; groups: () => Group[]; clean: () => void };

export type Box = { field: Field; description: Description };

/** In cents. */
export type Figures = { incomes: number; expenses: number; assets: number; debts: number; surplus: number; worth: number };

/** Of one field. */
export type Description = {
    /** Of the JSON member; its words are under `file.label`. */
    name: string;
    kind: Kind;
    /** Section of the texts with the words of a choice's values. */
    words?: string;
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
