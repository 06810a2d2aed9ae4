// What the server sends of letters. For checking only: browsers never see it.

export type LetterText = { subject: string, paragraphs: string[] };

export type Letter = { written_at: string, nl: LetterText, en: LetterText, clients: { id: string, name: string }[], gone: number };
