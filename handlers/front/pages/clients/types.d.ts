// What the modules of this subject hand each other. For checking only: browsers never see it.

import type { ClientSummary } from "../../core/types.js";

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

export type Page = { items: ClientSummary[]; next: string | null };

export type Kept = { element: HTMLTableRowElement; says: string };
