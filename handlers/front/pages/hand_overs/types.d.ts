// What the modules of this part hand each other. For checking only: browsers never see it.

export type State = "proposed" | "withdrawn" | "approved" | "moving" | "completed";

export type Side = { account: string; display_name: string; username: string | null };

/** `own`: the officer who looks has proposed it. */
export type Item = {
    id: string;
    from: Side;
    to: Side;
    proposed_at: string;
    state: State;
    own: boolean;
    files: number | null;
    moved: number;
    moves_at: string | null;
};

export type Step = { at: string; by: string | null; by_username: string | null; event: string; files: number | null };

export type HandOver = Item & { reason: string; steps: Step[] };

export type Listed = { id: string; display_name: string; username: string; role: string; status: string };
