// What the server sends of accounts. For checking only: browsers never see it.

export type Status = "proposed" | "invited" | "active" | "disabled";

export type Controller = { name: string; address: string };

export type Listed = {
    id: string;
    username: string;
    display_name: string;
    email: string;
    role: string;
    status: Status;
    two_factor: boolean;
    last_signed_in_at: string | null;
    /** Of an adviser. */
    controller?: Controller;
    own?: boolean;
};
