// What the server sends, and what the modules of this part hand each other. For checking only: browsers never see it.

import type { ClientFile, Field, Guarded, Onward } from "../../core/types.js";
import type { Problem } from "../../core/api.js";

/** Something that was decided about a file. */
export type Note = { at: string; step: string; reason: string; ground?: string; until?: string };

export type Rights = {
    name: string;
    restricted: boolean;
    held: { until: string | null } | null;
    /** The ground. */
    marked: string | null;
    /** Oldest first. */
    notes: Note[];
    keep_until: string | null;
};

export type Actor =
    | { kind: "adviser"; name: string | null; username: string | null; current_session: boolean; ip: string | null }
    | { kind: "hand_over" }
    | { kind: "replay" };

/** `former`: before the file came from another adviser. */
export type Trace = { at: string; deed: string; by: Actor; former: boolean };

export type Recipient = { name: string; service: string; data: string[]; countries: string[]; transfer: string | null };

export type Asked = { received_on: string; kind: string; due_on: string; state: string };

export type Report = {
    made_at: string;
    adviser: { name: string; email: string };
    controller?: { name: string; address: string };
    client: ClientFile;
    notes: Note[];
    purposes: string[];
    sources: string[];
    recipients: Recipient[];
    rights: string[];
    automated_decisions: boolean;
    trail: { at: string; deed: string; by: string | null; former: boolean }[];
    retention: { months: number; reason: string; keep_until: string } | null;
    requests: Asked[];
};

export type RequestItem = { id: string; received_on: string; kind: string; due_on: string; state: "open" | "answered"; name: string };

export type RequestStep = {
    at: string;
    by: string | null;
    step: string;
    how?: string;
    months?: number;
    reason?: string;
    decision?: string;
    copy_sha256?: string;
    recipients?: string[];
    text?: string;
};

export type Request = RequestItem & { client: string | null; remarks: string | null; steps: RequestStep[] };

export type Retention = { months: number | null; reason: string | null };

/** A file that has been kept long enough. */
export type Proposal = {
    id: string;
    name: string;
    updated_at: string;
    keep_until: string;
    held: boolean;
    marked: boolean;
    restricted: boolean;
};

/** A box, and how what stands in it is sent; `missing`: what is said of a box that has to be ticked. */
export type Piece = { field: Field; read: (typed: string) => unknown; missing?: string };

export type Sheet = {
    pieces: Piece[];
    submit: string;
    danger?: boolean;
    /** Asks before what cannot be taken back. */
    sure?: () => Promise<boolean>;
    send: (body: Record<string, unknown>) => Promise<any>;
    /** It was sent; nothing is lost any more by leaving. */
    after: (answer: any) => Onward | void;
    /** The form stays, and what is typed next is not sent yet. */
    goesOn?: boolean;
    /** Sentences of this form for some codes of the server. */
    words?: Record<string, string>;
    onProblem?: (problem: Problem) => boolean;
};

/** What stands on the screen of a form. */
export type Place = { title: string; back: string; backWords: string; about: string };

export type Made = Guarded;
