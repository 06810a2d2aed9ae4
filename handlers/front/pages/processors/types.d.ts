// What the server sends of sub-processors. For checking only: browsers never see it.

import type { Field, FieldError } from "../../core/types.js";

export type Stage = "draft" | "published" | "ended";
export type Deadline = { on: string; kind: "agreement_end" | "evidence" | "review" };
export type Objection = { received_on?: string; from?: string; outcome?: string };
export type Evidence = { kind?: string; reference?: string; expires_on?: string };
export type Entry = {
    party: { name?: string; address?: string; contact_name?: string; contact_email?: string; contact_phone?: string };
    service?: string;
    data?: string[];
    subjects?: string[];
    countries?: string[];
    transfer?: string;
    starts_on?: string;
    ends_on?: string;
    agreement?: { file_sha256?: string; version?: string; signed_on?: string; holds?: string[] };
    consent?: { permission?: string; customers_told_on?: string; objection_days?: number; objections?: Objection[] };
    evidence?: Evidence[];
    last_review_on?: string;
    next_review_on?: string;
    notes?: string;
};
export type Item = {
    id: string;
    name: string | null;
    stage: Stage;
    service: string | null;
    countries: string[];
    starts_on: string | null;
    deadlines: Deadline[];
};
export type Ending = { on: string; reason: string };
export type Step = {
    number: number;
    at: string;
    by_name: string | null;
    by_username: string | null;
    event: { step: string; entry?: Entry; on?: string; reason?: string; reminder?: { deadline: Deadline; days: number } };
};
export type Processor = {
    id: string;
    stage: Stage;
    entry: Entry;
    published_at: string | null;
    ending: Ending | null;
    missing: FieldError[];
    steps: Step[];
};
export type Public = { name: string; service: string; data: string[]; countries: string[]; transfer: string | null; since: string };

/** A box, or several that belong together, and how what it says is written into an entry. */
export type Piece = { field: Field; write: (entry: Entry) => void };
/** A list whose rows can be added and taken away. */
export type Rows = { element: HTMLElement; pieces: () => Piece[] };
