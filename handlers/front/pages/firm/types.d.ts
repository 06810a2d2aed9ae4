// What the server sends of the firm. For checking only: browsers never see it.

export type Role = "controller" | "processor";

export type Details = { role: Role | null; name: string | null; address: string | null };

/** `applies_at`: when it comes into force, unless a second officer has to confirm it; `own`: the officer who looks has proposed it. */
export type Proposed = Details & { proposed_at: string; applies_at: string | null; by_name: string | null; own: boolean };

export type Firm = Details & { proposed?: Proposed };
