// What the modules of this part hand each other. For checking only: browsers never see it.

import type { Field, Wrong } from "../../core/types.js";

export type Kind = "line" | "text" | "moment" | "day" | "count" | "flag" | "choice" | "choices" | "codes" | "marks" | "list";

/** Of one field. */
export type Description = {
    /** Of the JSON member; its words are under `breach.label`. */
    name: string;
    kind: Kind;
    /** Section of the texts with the words of the values. */
    words?: string;
    /** Of a list. */
    fields?: Description[];
    required?: boolean;
    /** A key of the texts. */
    hint?: string;
};

/** `name` is that of the JSON member, and its words are under `breach.block`; without a name the fields are members of the facts themselves. */
export type Block = { name: string; fields: Description[] };

/** What stands for a field in a form. */
export type Control = { element: HTMLElement; fields: () => Field[]; read: () => unknown; wrong?: () => Wrong[] };

/** The username and the last three counts are not in what was found by an earlier version. */
export type Adviser = {
    account: string;
    display_name: string;
    username?: string;
    files: number;
    opened: number;
    changed: number;
    exported?: number;
    handed_over?: number;
    deleted?: number;
    first_at: string;
    last_at: string;
};

/** As the list of accounts has it. */
export type Account = { id: string; display_name: string; username: string; role: string };

export type Affected = {
    window: { from: string; until: string; accounts?: string[]; sessions?: string[]; addresses?: string[] };
    advisers: Adviser[];
    files: number;
};

/** `due_at`: when the adviser's firm has to have notified the authority, if that firm is the controller. */
export type Letter = {
    number: number;
    account: string;
    written_at: string;
    due_at?: string;
    found: Adviser;
    nl: LetterText;
    en: LetterText;
};

export type LetterText = { subject: string; paragraphs: string[] };

/** A record as the server sends it; the facts are described by `schema.js`. */
export type Breach = {
    id: string;
    stage: string;
    report_due_at: string | null;
    dora: { first_by: string; interim_by: string; final_by: string } | null;
    record: {
        suspicion: { what: string; noticed_at: string };
        reported_at: string;
        facts: Record<string, any>;
        aware?: { at: string };
        /** Of the firm, when it became aware. */
        role?: string;
        /** Everything when absent. */
        concerns?: string[];
        decision?: { decision: string };
        reports: { number: number; report: string; sent_at: string }[];
        affected?: Affected;
        letters: { number: number; account: string; written_at: string; former?: string[] }[];
    };
    steps: Step[];
};

export type Step = {
    number: number;
    at: string;
    by_name: string | null;
    by_username: string | null;
    event: Record<string, any> & { step: string };
};
