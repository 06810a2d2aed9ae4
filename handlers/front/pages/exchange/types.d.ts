// What the server sends of imports. For checking only: browsers never see it.

export type Range = { first: number; last: number };

export type Checked = {
    importable: boolean;
    total: number;
    bad_rows: number;
    bad_cells: number;
    encoding: "utf8" | "windows1252" | null;
    delimiter: "semicolon" | "comma" | "tab" | null;
};

export type Import = {
    id: string;
    name: string;
    bytes: number;
    parts: number;
    part_bytes: number;
    checked: Checked | null;
    done: number;
    created: number;
    already_there: number;
    refused: number;
    already_there_rows: Range[];
    refused_rows: Range[];
    duplicates: "skip" | "make" | null;
    finished: boolean;
    expires_at: string;
};

export type BadCell = { row: number; column: number | null; heading: string | null; code: string };

export type PreviewCell = { column: number; heading: string | null; text: string };

export type PreviewRow = { row: number; cells: PreviewCell[] };

export type Double = { row: number; id: string; code: string; above?: number };

export type AlreadyThere = { count: number; rows: Range[]; asks: boolean; items: Double[] };

export type Findings = { import: Import; items: BadCell[]; next: string | null; preview: PreviewRow[]; already_there: AlreadyThere };
