// What the modules of this subject hand each other. For checking only: browsers never see it.

import type { Screen } from "../../core/types.js";

/** What stands beside the menu. */
export type AccountPart = Omit<Screen, "title">;

export type Session = {
    id: string;
    created_at: string;
    last_seen_at: string;
    ip: string | null;
    user_agent: string | null;
    current: boolean;
};

export type Flow = {
    place: HTMLElement;
    /** Whether recovery codes are shown that nobody has kept yet. */
    unkept: boolean;
    onCancel: () => void;
    onDone: () => void;
};

export type TwoFactor = { enabled: boolean; recovery_codes_left: number; recovery_codes_seen: boolean };

export type Account = {
    username: string;
    display_name: string;
    email: string;
    language: "nl" | "en";
    role: string;
    two_factor: TwoFactor;
    password_changed_at: string | null;
    controller?: { name: string; address: string };
};

export type Enrolment = { secret: string; otpauth_url: string; qr_svg: string };

/** `isOn`: another app takes the place of the present one, which is asked for too. */
export type Options = { isOn: boolean; isSeen?: boolean; why?: HTMLElement };
