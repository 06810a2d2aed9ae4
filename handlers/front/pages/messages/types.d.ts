// What the server sends of letters and hand-overs. For checking only: browsers never see it.

export type LetterText = { subject: string; paragraphs: string[] };

/** `due_at`: when the adviser's firm has to have notified the authority, if that firm is the controller. */
export type Letter = {
    written_at: string;
    due_at?: string;
    nl: LetterText;
    en: LetterText;
    clients: { id: string; name: string }[];
    gone: number;
};

/** A hand-over that brings files; `moved` have arrived. */
export type Received = {
    id: string;
    from: string;
    from_username: string | null;
    proposed_at: string;
    files: number;
    moved: number;
    state: string;
    moves_at: string | null;
};
